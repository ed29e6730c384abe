-- Flyway's own table stands in the same schema and is nobody's business either.
ALTER TABLE attribute_images_schema_history ENABLE ROW LEVEL SECURITY;
