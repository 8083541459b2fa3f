-- Statements as applications write them.
SELECT u.Id, u.Name, COUNT(o.OrderId) AS orders, COALESCE(SUM(o.Amount), 0) AS total FROM Users u LEFT JOIN Orders o ON o.UserId = u.Id WHERE u.Active AND u.Joined >= @since GROUP BY u.Id, u.Name HAVING orders > 0 ORDER BY total DESC, u.Id LIMIT @n;
SELECT Id, Name FROM Users WHERE (Joined < @joined) OR (Joined = @joined AND Id > @id) ORDER BY Joined DESC, Id LIMIT 20;
-- @token STRING, @size INT64
SELECT Id FROM Users@{FORCE_INDEX=UsersByName} WHERE Name > @token ORDER BY Name LIMIT @size;
SELECT i.Item, SUM(i.Quantity * i.Price) AS revenue, SUM(i.Total) / COUNT(*) AS mean FROM Items i GROUP BY i.Item ORDER BY revenue DESC;
SELECT EXTRACT(YEAR FROM o.Made AT TIME ZONE 'Europe/Amsterdam') AS y, EXTRACT(MONTH FROM o.Made) AS m, SUM(Amount) FROM Orders o GROUP BY 1, 2 ORDER BY 1, 2;
WITH totals AS (SELECT UserId, SUM(Amount) AS t FROM Orders GROUP BY UserId), best AS (SELECT MAX(t) AS t FROM totals) SELECT u.Name, totals.t FROM totals JOIN best USING (t) JOIN Users u ON u.Id = totals.UserId;
SELECT tag, COUNT(*) AS n FROM Users, UNNEST(Tags) AS tag GROUP BY tag ORDER BY n DESC LIMIT 10;
SELECT Id, ARRAY(SELECT t FROM UNNEST(Tags) AS t WITH OFFSET o WHERE o < 3 ORDER BY o) AS first FROM Users;
SELECT JSON_VALUE(Profile, '$.lang') AS lang, COUNTIF(Active) AS active, COUNT(*) - COUNTIF(Active) AS idle FROM Users GROUP BY lang;
SELECT Id FROM Users WHERE Id IN (SELECT UserId FROM Orders GROUP BY UserId HAVING COUNT(*) > 3) AND NOT EXISTS (SELECT 1 FROM Items WHERE UserId = Users.Id);
SELECT 'user' AS kind, Id, Name FROM Users UNION ALL SELECT 'order', OrderId, Note FROM Orders ORDER BY kind, Id;
SELECT IFNULL(Name, Email) AS label, CASE WHEN Age < 18 THEN 'minor' WHEN Age < 65 THEN 'adult' ELSE 'senior' END AS band FROM Users ORDER BY band, label;
SELECT TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), MAX(Made), DAY) AS days FROM Orders WHERE UserId = @user;
SELECT MOD(ABS(FARM_FINGERPRINT(Email)), 16) AS shard, COUNT(*) FROM Users GROUP BY shard;
SELECT TO_HEX(SHA256(CONCAT(Email, CAST(Id AS STRING)))) AS token FROM Users WHERE Id = @id;
INSERT INTO Orders (UserId, OrderId, Amount, Made) SELECT Id, 1, NUMERIC '10', PENDING_COMMIT_TIMESTAMP() FROM Users WHERE Active;
INSERT OR UPDATE INTO Users (Id, Email, Name) VALUES (@id, @email, @name) THEN RETURN WITH ACTION AS action Id, Name;
UPDATE Orders SET Amount = Amount * NUMERIC '1.1', Made = PENDING_COMMIT_TIMESTAMP() WHERE UserId = @u AND OrderId IN UNNEST(@ids) THEN RETURN OrderId, Amount;
DELETE FROM Items WHERE (UserId, OrderId) IN (SELECT (UserId, OrderId) FROM Orders WHERE Made < @before);
SELECT a.Id, b.Id FROM Users a JOIN Users b ON a.Born = b.Born AND a.Id < b.Id WHERE STARTS_WITH(a.Email, 'a') OR REGEXP_CONTAINS(b.Email, r'@example\.org$');
SELECT STRING_AGG(DISTINCT LOWER(Name), ', ' ORDER BY LOWER(Name)) FROM Users;
SELECT FORMAT('%s-%05d', Name, Age), SAFE_CAST(JSON_VALUE(Profile, '$.age') AS INT64) FROM Users;
SELECT DATE_TRUNC(Born, MONTH) AS m, APPROX_COUNT_DISTINCT(Id) FROM Users GROUP BY m;
SELECT Id, ROW_NUMBER() OVER (PARTITION BY Name ORDER BY Age) AS n FROM Users;
SELECT d, COUNT(o.OrderId) FROM UNNEST(GENERATE_DATE_ARRAY('2026-01-01', '2026-01-31')) AS d LEFT JOIN Orders o ON DATE(o.Made) = d GROUP BY d ORDER BY d;
