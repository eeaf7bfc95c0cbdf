-- The original of an old protocol may be a text file. Attachments that people send are still of the other kinds.
alter table file drop constraint file_media_type_check;
alter table file add constraint file_media_type_check check (media_type in (
  'application/pdf', 'image/png', 'image/jpeg', 'text/plain',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'));
