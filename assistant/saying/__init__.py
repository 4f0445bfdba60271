"""The planner's own words for what tools returned."""
