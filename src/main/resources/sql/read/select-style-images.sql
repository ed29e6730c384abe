-- The covers that applications read.
SELECT id, style, image_url, title, description, created_at, updated_at
FROM public.style_images
ORDER BY style
