"""The models behind the agent: any OpenAI-compatible endpoint, none at all, or a record."""
