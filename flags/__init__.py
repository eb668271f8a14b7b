"""What a command line may say, and what it means."""
