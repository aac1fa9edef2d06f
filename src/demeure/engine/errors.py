"""Why the engine did not answer, or would not start."""

from demeure.errors import DemeureError


class EngineDown(DemeureError):
    """The model is restarting or not running ({engine}). Nothing is lost; try again in a moment."""

    fr = "Le modèle redémarre ou ne tourne pas ({engine}). Rien n’est perdu ; réessayez dans un instant."
    http_status = 503


class EngineLoading(EngineDown):
    """The model is still loading ({engine}). Nothing is lost; ask again in a minute."""

    fr = "Le modèle est encore en cours de chargement ({engine}). Rien n’est perdu ; redemandez dans une minute."


class EngineFailed(EngineDown):
    """The model cannot be run ({engine}). {detail} Nothing is lost; tell your administrator."""

    fr = "Le modèle ne peut pas fonctionner ({engine}). {detail} Rien n’est perdu ; prévenez votre administrateur."


class EngineChanged(DemeureError):
    """The model was changed while it was at work. Nothing is lost; it is done again with the new one."""

    fr = "Le modèle a été changé pendant le travail. Rien n’est perdu ; il est refait avec le nouveau."
    http_status = 503


class EngineBusy(DemeureError):
    """The model is busy with other answers ({engine}). Try again in a moment."""

    fr = "Toutes les places du modèle sont prises ({engine}). Réessayez dans un instant."
    http_status = 503


class ContextTooLong(DemeureError):
    """The question and its passages are {found} tokens long; the model reads at most {limit}."""

    fr = "La question et ses passages font {found} jetons ; le modèle en lit au plus {limit}."
    exit_code = 2
    http_status = 413


class EngineRefused(DemeureError):
    """The engine refused the request ({engine}): HTTP {status}."""

    fr = "Le moteur a refusé la demande ({engine}) : HTTP {status}."
    http_status = 502


class EngineSpecInvalid(DemeureError):
    """The engine was not told which model to load: “{field}” is missing or wrong."""

    fr = "Le moteur ne sait pas quel modèle charger : « {field} » manque ou est faux."


class EngineLoadFailed(DemeureError):
    """The model “{id}” could not be loaded: {detail}."""

    fr = "Le modèle « {id} » n’a pas pu être chargé : {detail}."


class CompilerMissing(DemeureError):
    """The engine cannot be built here: {tools} not found. Install a C++ compiler and cmake, then try again."""

    fr = "Le moteur ne peut pas être construit ici : {tools} manque. Installez un compilateur C++ et cmake."
    exit_code = 2


class BuildFailed(DemeureError):
    """The engine could not be built (step “{step}”): {detail}. The wheel’s engine stays in use."""

    fr = "Le moteur n’a pas pu être construit (étape « {step} ») : {detail}. Celui du paquet reste utilisé."
