"""Points, datums, regions, travel time, who reaches whom. Pure geography: knows no incident."""
