"""``demeure course``: the built-in course of each role, and who followed it. Questions are answered on the page."""

from typing import Any

import click

from demeure.cli.calling import call
from demeure.cli.terminal import JSON, day_told, listed, print_json, printable, said


@click.group("course")
def command() -> None:
    """La formation intégrée de chaque rôle, et qui l’a suivie."""


@command.command("show")
@JSON
@click.pass_obj
def show(obj: dict[str, Any], as_json: bool) -> None:
    """Montre les leçons et les questions ; on y répond sur la page Formation."""
    from demeure.accountability import courses, english
    from demeure.cli.people_cmd import ROLES

    known = [english.course(one) for one in courses()] if obj["language"] == "en" else courses()
    if as_json:
        rows = [
            {"course": one.id, "title": one.title, "roles": sorted(one.roles), "sha256": one.digest}
            | {"lessons": one.lessons, "questions": [vars(question) for question in one.questions]}
            for one in known
        ]
        print_json(rows)
        return
    for one in known:
        roles = ", ".join(said(obj["language"], *ROLES[role]) for role in sorted(one.roles))
        click.echo(printable(f"# {one.title} ({roles})"))
        for lesson in one.lessons:
            click.echo(printable(f"- {lesson}"))
        for question in one.questions:
            click.echo(printable(f"? {question.said}"))


@command.command("list")
@JSON
@click.pass_obj
def list_(obj: dict[str, Any], as_json: bool) -> None:
    """Liste qui a suivi quoi, et qui ne l’a pas encore réussie."""
    from demeure.accountability import courses, english

    told = call(obj, "courses.list", {})
    if as_json:
        print_json(told)
        return
    language = obj["language"]
    titles = {one.id: (english.course(one) if language == "en" else one).title for one in courses()}
    passed = said(language, "réussie", "passed"), said(language, "non réussie", "not passed")
    rows = [
        (
            one["name"],
            titles.get(one["course"], one["course"]),
            f"{one['right']}/{one['asked']}",
            passed[not one["passed"]],
            day_told(one["at"], language),
        )
        for one in told["followed"]
    ]
    columns = said(language, "personne,formation,juste,résultat,date", "person,course,right,result,date")
    listed(language, columns, rows, "Personne ne l’a encore suivie.", "Nobody followed it yet.")
    if told["wanting"]:
        names = ", ".join(told["wanting"])
        click.echo(printable(said(language, f"Pas encore réussie : {names}", f"Not passed yet: {names}")), err=True)
