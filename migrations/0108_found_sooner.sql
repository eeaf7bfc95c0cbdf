-- How many sit in all groups on a day: those who sit without an end, and those who have left since, are found by themselves
-- instead of among everybody who ever sat.
create index membership_endless on membership (person_id) where upper_inf(valid);

-- When a document got its last version, and which documents a party stands behind, are told by the index alone.
drop index document_version_document_id;
create index document_version_document_id on document_version (document_id, recorded_at desc);
drop index document_party_organisation_id_idx;
create index document_party_organisation_id_idx on document_party (organisation_id, document_id);
