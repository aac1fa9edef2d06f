"""The extension itself. ``house``, ``connection``, ``marks`` and ``words`` know nothing of LibreOffice."""
