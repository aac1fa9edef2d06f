"""``demeure``: one file per command, imported only when it is called (``--help`` stays under 150 ms of CPU)."""

import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demeure.cli.speech import LANGUAGES, SpeakingContext, dressed, language_of, refuse, wished
from demeure.errors import bound

if TYPE_CHECKING:
    from demeure.errors import DemeureError

COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("Ouvre la maison et sert les pages.", "Opens the house and serves the pages."),
    "status": ("Dit ce qui tourne, et sous quel confinement.", "Says what runs, and under which confinement."),
    "prove": (
        "Prouve que rien ne sort : essaie chaque issue, depuis chaque boîte.",
        "Proves that nothing leaves: tries every way out, from inside every box.",
    ),
    "ask": ("Pose une question aux documents.", "Asks the documents a question."),
    "search": (
        "Cherche des mots, une phrase, un numéro dans les documents.",
        "Finds words, a phrase, a number in the documents.",
    ),
    "export": ("Écrit une réponse dans un fichier à envoyer.", "Writes an answer as a file to send."),
    "words": ("Le glossaire, le style et les courriers.", "The glossary, the style and the letters."),
    "task": (
        "Fait rédiger : courriel, réponse, résumé… ; vos tâches.",
        "Has things drafted: e-mail, reply, summary…",
    ),
    "eval": (
        "Mesure la qualité des tâches sur des cas écrits.",
        "Measures the quality of tasks on written cases.",
    ),
    "documents": ("Ajoute, liste, montre, supprime des documents.", "Adds, lists, shows, deletes documents."),
    "sources": (
        "Suit des dossiers : partages ou disques, lus tout seuls.",
        "Watches folders: shares or disks, read by themselves.",
    ),
    "policy": (
        "La politique : classes, règles, essais, versions.",
        "The policy: classes, rules, tests, versions.",
    ),
    "spaces": ("Crée, liste, supprime des espaces.", "Creates, lists, deletes spaces."),
    "people": ("Ajoute, liste, ferme des comptes ; donne des liens.", "Adds, lists, closes accounts; gives links."),
    "contractor": (
        "Prestataires : registre, fenêtres, console, rapports.",
        "Contractors: register, windows, console, reports.",
    ),
    "directory": (
        "Suit un annuaire (LDAP, Active Directory), lu par le sas.",
        "Follows a directory (LDAP, Active Directory), read through the airlock.",
    ),
    "provider": (
        "Entrer par un fournisseur d’identité (OpenID Connect).",
        "Coming in by an identity provider (OpenID Connect).",
    ),
    "hooks": (
        "Raconte dehors des entrées du journal, par une route du sas.",
        "Tells entries of the journal outside, by a route of the airlock.",
    ),
    "personal": (
        "Pseudonymes : un texte sans noms, qui reviennent.",
        "Pseudonyms: a text without names, which come back.",
    ),
    "keys": (
        "Donne, liste, limite, renouvelle, retire les clés des applications.",
        "Gives, lists, limits, renews, withdraws the keys of applications.",
    ),
    "mcp": (
        "Serveur MCP sur l’entrée et la sortie standard.",
        "MCP server over standard input and output.",
    ),
    "routes": (
        "Déclare, montre, ferme les routes qui sortent : aucune au départ.",
        "Declares, shows, closes the ways out: none at first.",
    ),
    "flows": (
        "Toutes les prises, déclarées et vivantes ; alarme sinon.",
        "Every socket, declared and live; an alarm otherwise.",
    ),
    "office": ("L’extension de LibreOffice, à installer.", "The extension of LibreOffice, to install."),
    "models": ("Liste, va chercher, vérifie, choisit les modèles.", "Lists, fetches, verifies, chooses models."),
    "assess": ("Le premier entretien : usages, risques, plan.", "The first meeting: uses, risks, plan."),
    "registers": (
        "Les registres que le droit demande, et leurs contrôles.",
        "The registers that the law asks for, and their checks.",
    ),
    "evidence": (
        "Le dossier de preuves : pour un auditeur, une assemblée.",
        "The pack of evidence: for an auditor, an assembly.",
    ),
    "incident": (
        "Les incidents : 72 heures, étendue, formulaire, exercices.",
        "Incidents: 72 hours, scope, form, exercises.",
    ),
    "course": ("La formation de chaque rôle, et qui l’a suivie.", "The course of each role, and who followed it."),
    "duties": ("Ce qui revient chaque mois, chaque année.", "What comes back each month, each year."),
    "bench": ("Mesure cette machine, et compare aux prévisions.", "Measures this machine against predictions."),
    "size": ("De l’usage à la machine, au modèle, à l’attente.", "From the use to machine, model and waiting."),
    "engine": (
        "Le moteur : état, construction pour ce processeur.",
        "The engine: state, build for this processor.",
    ),
    "link": ("Donne un lien pour choisir un mot de passe.", "Gives a link to choose a password."),
    "tls": ("Le certificat des pages : création, renouvellement.", "The certificate of the pages: made, renewed."),
    "journal": (
        "Montre, cherche, exporte, prouve et vérifie le journal.",
        "Shows, searches, exports, proves and verifies the journal.",
    ),
    "backup": (
        "Sauvegarde, vérifie, restaure ; exercices de restauration.",
        "Backs up, checks, restores; restore drills.",
    ),
    "egress": (
        "Observe ce qu’un autre programme essaie d’atteindre.",
        "Watches what another program tries to reach.",
    ),
    "verify": ("Vérifie un reçu, une preuve, un export.", "Verifies a receipt, a proof, an export."),
    "update": (
        "Prend une autre version, revient à celle d’avant.",
        "Takes another version, goes back to the one before.",
    ),
    "bundle": (
        "Une version entière dans un dossier signé, hors ligne.",
        "A whole version in a signed folder, for offline use.",
    ),
    "install": (
        "Installe sur cette machine : utilisateur, unités, pare-feu.",
        "Installs on this machine: user, units, firewall.",
    ),
    "uninstall": (
        "Retire le programme ; les données restent, il dit où.",
        "Removes the program; the data stay, it says where.",
    ),
    "erase": ("Efface toute la maison ; rapport signé.", "Erases the whole house; signed report."),
    "health": ("La santé, en un fichier signé ; un parc.", "Health, as a signed file; a fleet."),
    "host": ("La machine autour : ce qui pourrait envoyer.", "The machine around: what could send."),
    "logs": ("Les journaux techniques, sans contenu.", "The technical logs, without content."),
    "alerts": ("Les alertes de la supervision.", "The alerts of the supervision."),
    "doctor": ("Vérifie l’installation et dit quoi faire.", "Checks the installation and says what to do."),
    "demo": ("Modèles, base d’exemple, une question, les pages.", "Models, sample base, one question, the pages."),
}


class LazyGroup(click.Group):
    """Knows every command's name and line of help; imports a command's file when it is called."""

    context_class = SpeakingContext

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"demeure.cli.{cmd_name}_cmd")
        return dressed(module.command, language_of(ctx))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as problem:  # Click looks for neighbours among commands it has loaded
            raise click.exceptions.NoSuchCommand(problem.command_name, possibilities=COMMANDS, ctx=ctx) from None

    def get_help(self, ctx: click.Context) -> str:
        formatter = ctx.make_formatter()
        dressed(self, language_of(ctx)).format_help(ctx, formatter)
        return formatter.getvalue().rstrip("\n")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        english = language_of(ctx) == "en"
        rows = [(name, lines[1] if english else bound(lines[0])) for name, lines in COMMANDS.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--instance",
    type=click.Path(path_type=Path, file_okay=False, readable=False),
    default=Path("instance"),
    envvar="DEMEURE_INSTANCE",
    help="Dossier de l’instance (défaut : ./instance).",
)
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="fr",
    envvar="DEMEURE_LANGUAGE",
    is_eager=True,
    help="Langue des messages : fr ou en (défaut : fr ; ou DEMEURE_LANGUAGE).",
)
@click.version_option(package_name="demeure", message="demeure %(version)s")
@click.pass_context
def cli(ctx: click.Context, instance: Path, language: str) -> None:
    """Demeure : l’IA de votre organisation, dans ses murs, preuves à l’appui."""
    ctx.obj = {"instance": instance.absolute(), "language": language}
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(argv: list[str] | None = None) -> None:
    """Entry point. An expected error is one sentence on standard error and its own exit code."""
    from demeure.errors import DemeureError, system_words

    language = wished(sys.argv[1:] if argv is None else argv)
    try:
        result: Any = cli.main(args=argv, prog_name="demeure", standalone_mode=False, obj={"language": language})
        sys.exit(result if isinstance(result, int) else 0)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as problem:
        refuse(problem, language)
        sys.exit(problem.exit_code)
    except DemeureError as problem:
        sys.exit(_told(problem, language))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output left (``| head``); nothing more to say
        sys.exit(0)
    except OSError as problem:  # a path too long, a folder that is closed to us, a disk that fails
        from demeure.cli.errors import SystemRefused

        path = os.fsdecode(problem.filename) if isinstance(problem.filename, str | bytes) else ""
        french, english = system_words(problem)
        place = f" ({path})" if path else ""
        sys.exit(_told(SystemRefused(detail=f"{french}{place}", detail_en=f"{english}{place}"), language))


def _told(problem: "DemeureError", language: str) -> int:
    """Its sentence, on standard error; its exit code."""
    from demeure.cli.terminal import printable

    colon = ":" if language == "en" else "\u00a0:"
    click.echo(f"demeure{colon} {printable(problem.sentence(language))}", err=True)
    return problem.exit_code


if __name__ == "__main__":
    main()
