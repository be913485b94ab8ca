"""The Sphinx extension of this book: executed notebooks, generated pages, buttons that follow the repository.

repository   where launch, edit and issue buttons point
execution    notebooks in parallel, into a cache keyed by what their numbers depend on
register     the pages `claims` and `errata`, and claims.json
dependencies the page `map`: which result rests on which; `layers` draws it
search       results as objects that the search finds by name
editions     what a fork leaves out
docstrings   the library's docstrings on the page `api`
question     questions by which readers check themselves
mathematics  formulas, typeset when the book is built
weight       style sheets, icons and scripts, less what no page uses
paper        the PDF
access       repairs for readers with a keyboard or a screen reader
site         the pages `status` and `performance`; repairs of the site
"""

from companion import (
    dependencies,
    docstrings,
    editions,
    execution,
    mathematics,
    paper,
    question,
    register,
    repository,
    search,
    site,
    weight,
)


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

    # After the editions, which make text of what is left out
    app.connect("doctree-read", dependencies.collect)
    app.connect("env-purge-doc", dependencies.purge)
    # After Sphinx has numbered sections, results and formulas
    app.connect("env-get-updated", dependencies.update, priority=900)
    app.connect("doctree-resolved", dependencies.draw)
    app.add_node(dependencies.dependency_map)
    app.add_directive("dependencies", dependencies.Dependencies)
    for transform in (paper.Outputs, paper.Layout, paper.Last):
        app.add_post_transform(transform)

    # Before napoleon, which has the priority 500.
    app.connect("autodoc-process-docstring", docstrings.process, priority=400)
    app.connect("autodoc-skip-member", docstrings.skip)
    app.connect("missing-reference", docstrings.unlinked)

    app.add_directive("times", site.Times)
    app.add_directive("versions", site.Versions)
    app.add_directive("benchmark", site.BenchmarkTable)
    app.add_domain(search.Results)
    app.connect("html-page-context", site.say_when_it_ran)
    app.connect("html-page-context", site.describe, priority=600)
    mathematics.set_up(app)
    question.set_up(app)
    app.connect("builder-inited", site.finish_pages)
    app.connect("build-finished", mathematics.write_style)
    # After whatever still writes pages or style sheets
    app.connect("build-finished", weight.finish, priority=900)
    return {"version": "1.0", "parallel_read_safe": False, "parallel_write_safe": True}
