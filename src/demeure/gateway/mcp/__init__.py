"""The house as an MCP server: search, ask, read a passage, run a task, for programs that have a key."""
