-- Whether a row can be inserted; it is rolled back.
INSERT INTO public.attribute_images (category, value, style, image_url)
VALUES ('probe', gen_random_uuid()::text, 'probe', 'https://example.org/probe.jpg')
