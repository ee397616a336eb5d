"""The main job, played by people who don't exist, through the doors that everybody uses: API, workers, database."""
