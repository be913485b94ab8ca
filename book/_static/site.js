// What is wider than its place scrolls, and must be reachable for the arrow keys. The theme would measure its
// boxes all at once, and so lay out the whole page; an observer hears of each when it is laid out.
addEventListener("DOMContentLoaded", () => {
  const boxes = document.querySelectorAll(
    "mjx-container[display=true], main p:has(mjx-container), pre, .cell_output > .output, .jp-RenderedHTMLCommon, .pst-scrollable-table-container"
  );
  const watcher = new ResizeObserver(entries => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  boxes.forEach(box => watcher.observe(box));
});

// The button of a folded solution is named after what it opens.
addEventListener("load", () => {
  for (const button of document.querySelectorAll(".admonition-title > .toggle-button"))
    button.setAttribute("aria-label", button.parentElement.textContent.trim());
});
