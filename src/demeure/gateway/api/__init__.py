"""The same house for programs: JSON, and events for an answer. Described at ``/api/openapi.json``."""
