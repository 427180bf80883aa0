"""The program: settings, clock, wiring, command line."""
