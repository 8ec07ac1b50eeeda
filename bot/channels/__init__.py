"""How an app speaks: one file a platform, one shared way (`fit`) to simplify what an app cannot show."""
