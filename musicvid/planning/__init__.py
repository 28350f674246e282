"""Song and storyboard become a shot list. Standard library only: planning is instant and the same everywhere."""
