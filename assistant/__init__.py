"""The conversation: settings, agent, tools, planner."""
