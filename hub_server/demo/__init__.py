"""The store on one machine: broker, hub, agents, phones and tills as processes of their own."""
