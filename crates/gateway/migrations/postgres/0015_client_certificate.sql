-- The name in the certificate that a client proves itself with (RFC 8705, 2.1); empty where it proves itself otherwise.
ALTER TABLE oauth_client ADD COLUMN certificate_name TEXT NOT NULL DEFAULT '';
