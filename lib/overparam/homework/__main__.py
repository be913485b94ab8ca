"""Hand out, grade and hand back homework.

    python -m overparam.homework create COURSE --students students.csv --name deep-learning-theory
    python -m overparam.homework release COURSE structured_data     then hand out what lies in COURSE/release
    python -m overparam.homework grade COURSE structured_data       once the work lies in COURSE/submitted
    python -m overparam.homework feedback COURSE structured_data    then hand back what lies in COURSE/feedback

A run of grade that was stopped is started again in the same way; it judges what is missing.
"""

import argparse
import sys
import warnings
from pathlib import Path

HERE = Path(__file__).parents[3] / "book" / "homework" / "source"


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="nbgrader")  # of SQLAlchemy, about how nbgrader uses it
            return options.run(options)
    except (ValueError, RuntimeError, OSError) as error:
        print(f"{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What was judged is kept; the same command goes on from there.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m overparam.homework", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    create = _verb(verbs, "create", "make the folder of a course", _create)
    create.add_argument(
        "--students", type=Path, required=True, help="CSV with the column id; first_name, last_name, email"
    )
    create.add_argument("--name", required=True, help="name of the course: letters, digits, . _ - @")
    create.add_argument("--secret", default="", help="what all data follow from (default: a random one)")

    release = _verb(verbs, "release", "write every student's own notebook", _release)
    release.add_argument("assignment", help="its name, as structured_data")
    release.add_argument("--source", type=Path, default=HERE, help="folder of the masters (default: the book's)")

    grade = _verb(verbs, "grade", "judge what is new, and write grades.csv", _grade)
    grade.add_argument("assignment")
    grade.add_argument("--jobs", type=int, default=2, help="submissions at a time (default: %(default)s)")
    grade.add_argument("--seconds", type=float, default=120, help="for one submission (default: %(default)s)")
    grade.add_argument("--answer-seconds", type=float, default=20, help="for one cell or call (default: %(default)s)")
    grade.add_argument(
        "--megabytes", type=int, default=2048, help="address space of a submission (default: %(default)s)"
    )

    feedback = _verb(verbs, "feedback", "write what each student gets back", _feedback)
    feedback.add_argument("assignment")

    student = verbs.add_parser("student", help="write the student versions that the book shows")
    student.add_argument(
        "folder", type=Path, nargs="?", default=HERE.parent, help="the folder with source (default: the book's)"
    )
    student.set_defaults(run=_student)

    _verb(verbs, "export", "write grades.csv anew, after marking by hand", _export)
    return parser


def _verb(verbs, name: str, says: str, run) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=says, description=says[0].upper() + says[1:] + ".")
    verb.add_argument("course", type=Path, metavar="COURSE", help="folder of the course")
    verb.set_defaults(run=run)
    return verb


def _create(options) -> int:
    course = _course().create(options.course, options.students, options.name, options.secret)
    print(f"{course.folder}: a course of {len(course.students)} students.")
    print("All data follow from course.toml: keep it to yourself, and keep a copy.")
    return 0


def _release(options) -> int:
    course = _course()(options.course)
    written = course.release(options.assignment, options.source / options.assignment / f"{options.assignment}.ipynb")
    print(f"{len(written)} notebooks, one a student: {course.folder / 'release'}/<student>/{options.assignment}/")
    return 0


def _grade(options) -> int:
    from overparam.homework.sandbox import Limits, Sandbox

    course = _course()(options.course)
    limits = Limits(answer_s=options.answer_seconds, total_s=options.seconds, megabytes=options.megabytes)
    if not Sandbox.is_confined():
        print("This system has no Landlock: submissions can read and write every file that you can. Use a container.")

    done = course.grade(options.assignment, limits, options.jobs, progress=True)
    print(f"{len(done)} of {len(course.submissions(options.assignment))} submissions are new in the gradebook.")
    if not course.submissions(options.assignment):
        place = course.folder / "submitted" / "<student>" / options.assignment / f"{options.assignment}.ipynb"
        print(f"Nothing was handed in. What a student hands in belongs to {place}")
    print(f"Grades: {course.folder / 'grades.csv'}")
    print("Written answers are marked in nbgrader's formgrader, as the page for instructors says.")
    return 0


def _feedback(options) -> int:
    course = _course()(options.course)
    pages = course.feedback(options.assignment)
    if waiting := course.waiting(options.assignment):
        print(f"{waiting} written answers are not marked yet, and count 0 on these pages.")
    print(f"{len(pages)} pages: {course.folder / 'feedback'}/<student>/{options.assignment}/")
    return 0


def _export(options) -> int:
    print(_course()(options.course).export())
    return 0


def _student(options) -> int:
    from overparam.homework.notebooks import write_student_versions

    for path in write_student_versions(options.folder):
        print(path)
    return 0


def _course():
    from overparam.homework.course import Course

    return Course


if __name__ == "__main__":
    sys.exit(main())
