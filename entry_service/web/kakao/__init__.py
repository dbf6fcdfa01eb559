"""The skill server of the city's KakaoTalk channel: how crowded, where it is quieter, ways to the own record."""
