"""The scan that counts persons, not visits: the statistic that decides the word "hot"."""
