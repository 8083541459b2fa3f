SELECT @p;
SELECT @p + 1, @p;
SELECT @p + 1.5;
SELECT @p || 'a';
SELECT @p = 'a', @q = 1, @r;
SELECT @p = 'a', @p = 1;
SELECT @p, UPPER(@p);
SELECT @p + @q;
SELECT @p = @q;
SELECT @p IS NULL;
SELECT @p LIKE 'a%', @q BETWEEN 1 AND 2, @r IN (1, 2), 1 IN (@s, 2);
SELECT @p IN UNNEST(@q);
SELECT 1 IN UNNEST(@q);
SELECT [@p], [@q, 'a'], [@r, 1.5];
SELECT IF(@p, @q, 1), CASE WHEN @r THEN @s END;
SELECT COALESCE(@p, 'a'), COALESCE(@q, @r);
SELECT CAST(@p AS STRING), CAST(@q AS DATE), @p IS NULL;
SELECT CAST(@q AS DATE), @q;
SELECT UPPER(@p), LENGTH(@q), ABS(@r), DATE_ADD(@s, INTERVAL @t DAY);
SELECT SUM(@p), COUNT(@q), MAX(@r) FROM Users;
SELECT NOT @p, @q AND @r, -@s, ~@t;
SELECT @p.a;
SELECT @p[OFFSET(0)];
SELECT ARRAY_LENGTH(@p), x FROM UNNEST(@q) AS x;
SELECT x FROM UNNEST(@p) AS x;
SELECT STRUCT(@p AS a).a;
SELECT (SELECT @p), EXISTS (SELECT @p), ARRAY(SELECT @q);
SELECT Id FROM Users WHERE Id = @id AND Name = @name AND Born > @born AND Joined < @joined AND Active = @active AND Score > @score AND Balance = @balance;
SELECT Id FROM Users WHERE Tags = @tags;
SELECT Id FROM Users WHERE @p;
SELECT Id FROM Users WHERE Name LIKE @p AND STARTS_WITH(Name, @q);
SELECT @P = 1, @p = 2;
SELECT @`select`;
SELECT @1;
SELECT ?;
SELECT @;
SELECT @@x;
SELECT Id FROM @t;
SELECT Id FROM Users ORDER BY @p;
SELECT Id FROM Users GROUP BY @p;
SELECT @p FROM Users GROUP BY @p;
-- @p INT64
SELECT @p, @p + 1, @p = 1.5, @p = '1';
-- @p INT64
SELECT @p + 1, @p / 2, @p * NUMERIC '1', @p + Score, COALESCE(@p, 1.5) FROM Users;
-- @p INT64
SELECT @p || 'a';
-- @p INT64
SELECT Id FROM Users WHERE Name = @p;
-- @p INT64
SELECT Id FROM Users WHERE Score = @p AND Balance = @p AND Ratio = @p;
-- @p FLOAT64
SELECT Id FROM Users WHERE Age = @p;
-- @p FLOAT64
SELECT @p + 1, @p + NUMERIC '1', CAST(@p AS INT64);
-- @p FLOAT64
SELECT Id FROM Users WHERE Balance = @p AND Ratio = @p;
-- @p FLOAT32
SELECT @p, @p + 1, @p + 1.5, @p + @p, @p = Score, -@p FROM Users;
-- @p STRING
SELECT Id FROM Users WHERE Born = @p AND Joined > @p;
-- @p STRING
SELECT Id FROM Users WHERE Id = @p;
-- @p STRING
SELECT @p, DATE_ADD(@p, INTERVAL 1 DAY), COALESCE(Born, @p) FROM Users;
-- @p STRING
SELECT [DATE '2026-01-01', @p];
-- @p STRING
SELECT Profile[@p], Ref = @p, Photo = @p FROM Users;
-- @p BYTES
SELECT Id FROM Users WHERE Photo = @p;
-- @p BYTES
SELECT Id FROM Users WHERE Name = @p;
-- @p DATE
SELECT @p, @p = '2026-01-01', Born > @p, DATE_DIFF(@p, Born, DAY) FROM Users;
-- @p TIMESTAMP
SELECT @p, Joined > @p, TIMESTAMP_ADD(@p, INTERVAL 1 DAY), Born = @p FROM Users;
-- @p NUMERIC
SELECT @p, @p + 1, @p + 1.5, @p * Score, Balance = @p FROM Users;
-- @p BOOL
SELECT @p, NOT @p, IF(@p, 1, 2);
-- @p BOOL
SELECT @p + 1;
-- @p JSON
SELECT @p, @p.a, JSON_VALUE(@p, '$.a');
-- @p UUID
SELECT @p, Ref = @p FROM Users;
-- @p ARRAY<INT64>
SELECT @p, @p[OFFSET(0)], ARRAY_LENGTH(@p), 1 IN UNNEST(@p), Id IN UNNEST(@p), @p || [1] FROM Users;
-- @p ARRAY<INT64>
SELECT 'a' IN UNNEST(@p);
-- @p ARRAY<INT64>
SELECT x, x + 1 FROM UNNEST(@p) AS x;
-- @p ARRAY<STRING>
SELECT Id FROM Users WHERE Name IN UNNEST(@p) OR Born IN UNNEST(@p);
-- @p ARRAY<STRING>
SELECT Id FROM Users WHERE Name IN UNNEST(@p);
-- @p STRUCT<a INT64, b ARRAY<STRING>>
SELECT @p.a, @p.b, @p.b[OFFSET(0)], x FROM UNNEST(@p.b) AS x;
-- @p STRUCT<a INT64, b ARRAY<STRING>>
SELECT @p.c;
-- @unused INT64
SELECT 1;
