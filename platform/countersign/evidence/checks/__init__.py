"""What is checked of a bundle: each module is one question, answered line by line."""
