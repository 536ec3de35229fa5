"""How a Chromium is found, started, spoken to and ended: the pool's browsers and the agent's own alike."""
