"""The Sphinx extension of this book: executed notebooks, generated pages, buttons that follow the repository.

repository   where launch, edit and issue buttons point
execution    notebooks in parallel, into a cache keyed by what their numbers depend on
register     the pages `claims` and `errata`, and claims.json
editions     what a fork leaves out
docstrings   the library's docstrings on the page `api`
paper        the PDF
site         the pages `status` and `performance`; repairs of the site
"""

from companion import docstrings, editions, execution, paper, register, repository, site


def setup(app) -> dict:
    app.add_config_value("companion_key", "", "env", types=[str])
    app.connect("config-inited", repository.set_buttons)
    app.connect("config-inited", execution.set_cache)
    app.connect("config-inited", paper.configure)

    app.connect("env-get-outdated", site.remove_stale_pages)
    app.connect("env-before-read-docs", execution.execute_notebooks)
    app.connect("env-before-read-docs", editions.find)
    app.connect("doctree-read", editions.replace)
    app.connect("doctree-read", register.add_targets)
    app.connect("build-finished", register.write_json)
    app.add_directive("claims", register.Claims)
    app.add_directive("errata", register.Errata)

    for transform in (paper.Outputs, paper.Layout, paper.Last):
        app.add_post_transform(transform)

    # Before napoleon, which has the priority 500.
    app.connect("autodoc-process-docstring", docstrings.process, priority=400)
    app.connect("autodoc-skip-member", docstrings.skip)
    app.connect("missing-reference", docstrings.unlinked)

    app.add_directive("times", site.Times)
    app.add_directive("versions", site.Versions)
    app.add_directive("benchmark", site.BenchmarkTable)
    app.connect("html-page-context", site.describe, priority=600)
    return {"version": "1.0", "parallel_read_safe": False, "parallel_write_safe": True}
