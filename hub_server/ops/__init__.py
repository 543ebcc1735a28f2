"""What ops look at: Pis, alarms, figures, and how well journeys are followed."""
