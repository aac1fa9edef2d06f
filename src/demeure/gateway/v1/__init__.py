"""The house in the words of the OpenAI API, under ``/v1``: models, chat, embeddings, ranking, transcription."""
