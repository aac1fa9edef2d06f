"""What was sealed and is withdrawn: apart from ``errors``, which pure files import."""

from demeure.store.errors import KeyDestroyed


class PayloadWithdrawn(KeyDestroyed):
    """What this entry kept of contents was withdrawn by the policy of the house: {rule}."""

    fr = "Ce que cette entrée gardait de contenus a été retiré par la politique de la maison : {rule}."
    http_status = 410
