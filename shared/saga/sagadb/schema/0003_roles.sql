-- Functions that start sagas insert and read them, nothing else; the saga service alone
-- advances them.
CREATE ROLE saga_starter;
GRANT SELECT, INSERT ON TABLE Sagas TO ROLE saga_starter;
GRANT SELECT, INSERT, UPDATE ON TABLE IdempotencyKeys TO ROLE saga_starter;

-- Functions that show operations.
CREATE ROLE saga_viewer;
GRANT SELECT ON TABLE Sagas TO ROLE saga_viewer;
