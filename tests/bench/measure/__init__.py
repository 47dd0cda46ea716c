"""What tools/bench is made of: programs run in turn, and the tables of docs/performance.md."""
