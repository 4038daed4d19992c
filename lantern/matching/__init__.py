"""Words to topics, or to danger; no Discord."""
