"""What the project says about itself, and the programs that keep it true."""
