"""What visitors see and what stands in for them: pass, poster, ticket, sign, telephone."""
