SELECT 1;

-- @owner STRING, @done BOOL, @size INT64
SELECT State FROM Sagas@{FORCE_INDEX=SagasByOwner}
WHERE OwnerUserId = @owner AND Done = @done
ORDER BY StartTime DESC, SagaId LIMIT @size;

-- @owner STRING, @done BOOL, @afterTime TIMESTAMP, @afterId STRING, @size INT64
SELECT State FROM Sagas@{FORCE_INDEX=SagasByOwner}
WHERE OwnerUserId = @owner AND Done = @done
  AND StartTime <= @afterTime AND (StartTime < @afterTime OR (StartTime = @afterTime AND SagaId > @afterId))
ORDER BY StartTime DESC, SagaId LIMIT @size;

-- @user STRING, @after STRING, @limit INT64
SELECT p.UserId, p.CourseId, p.ItemId, p.Country, p.Done, p.PositionSeconds, p.UpdateTime
FROM (SELECT DISTINCT CourseId FROM Progress
  WHERE UserId = @user AND CourseId > @after ORDER BY CourseId LIMIT @limit) AS c
JOIN@{JOIN_METHOD=APPLY_JOIN} Progress AS p ON p.UserId = @user AND p.CourseId = c.CourseId
ORDER BY p.CourseId, p.ItemId;

-- @user STRING, @before TIMESTAMP, @after STRING, @limit INT64
SELECT InvoiceId, UserId, SubscriptionId, CourseId, Country, TimeZone, Description, State, Currency, AmountMinor, PeriodStart, PeriodEnd, Period, Attempts, PaymentId, PaidTime, CreateTime, UpdateTime
FROM Invoices@{FORCE_INDEX=InvoicesByUser}
WHERE UserId = @user AND CreateTime <= @before AND (CreateTime < @before OR InvoiceId > @after)
ORDER BY CreateTime DESC, InvoiceId
LIMIT @limit;

-- @ids ARRAY<STRING>
SELECT PaymentId, InvoiceId, SubscriptionId, UserId, Country, Language, SagaId, Step, State, Currency, AmountMinor, PaymentMethodId, GatewayCustomerId, GatewayMethodId, Brand, Last4, GatewayIntentId, OffSession, ReturnUri, RedirectUri, Description, Attempt, DeclineCode, Reason, CreateTime, UpdateTime, SettleTime FROM Payments@{FORCE_INDEX=PaymentsByInvoice} WHERE InvoiceId IN UNNEST(@ids) ORDER BY InvoiceId, CreateTime;

-- @ids ARRAY<STRING>
SELECT PaymentId, RefundId, InvoiceId, UserId, Country, SagaId, Step, Compensation, State, Currency, AmountMinor, GatewayRefundId, Reason, CreateTime, SettleTime FROM Refunds@{FORCE_INDEX=RefundsByInvoice} WHERE InvoiceId IN UNNEST(@ids) ORDER BY InvoiceId, CreateTime;

-- @subscription STRING
SELECT State FROM Payments@{FORCE_INDEX=PaymentsBySubscription}
WHERE SubscriptionId = @subscription ORDER BY CreateTime DESC LIMIT 1;

-- @user STRING, @before TIMESTAMP, @after STRING, @limit INT64
SELECT PaymentMethodId, UserId, Country, State, GatewayCustomerId, GatewaySetupId, GatewayMethodId, RedirectUri, ExpireTime, Brand, Last4, ExpMonth, ExpYear, CreateTime, UpdateTime
FROM PaymentMethods@{FORCE_INDEX=PaymentMethodsByUser}
WHERE UserId = @user AND CreateTime <= @before AND (CreateTime < @before OR PaymentMethodId > @after)
  AND State != 'REMOVED'
ORDER BY CreateTime DESC, PaymentMethodId
LIMIT @limit;

-- @user STRING, @before TIMESTAMP, @after STRING, @limit INT64
SELECT SubscriptionId, UserId, CourseId, OpenCourseId, Country, TimeZone, Language, CourseTitle, PaymentMethodId, Currency, PriceMinor, State, OperationId, HeldBy, HeldFor, AnchorTime, Period, PeriodStart, PeriodEnd, AccessUntil, InvoiceId, PaymentId, RenewTime, RenewAttempts, EndTime, EndDueTime, CancelTime, CancelMode, FailureReason, Shard, CreateTime, UpdateTime
FROM Subscriptions@{FORCE_INDEX=SubscriptionsByUser}
WHERE UserId = @user AND CreateTime <= @before AND (CreateTime < @before OR SubscriptionId > @after)
ORDER BY CreateTime DESC, SubscriptionId
LIMIT @limit;

-- @shard INT64, @after TIMESTAMP, @horizon TIMESTAMP, @id STRING, @limit INT64
SELECT SubscriptionId, RenewTime, Period, RenewAttempts
FROM Subscriptions@{FORCE_INDEX=DueRenewals}
WHERE Shard = @shard AND RenewTime IS NOT NULL AND RenewTime >= @after AND RenewTime <= @horizon
  AND (RenewTime > @after OR SubscriptionId > @id)
ORDER BY RenewTime, SubscriptionId
LIMIT @limit;

-- @shard INT64, @after TIMESTAMP, @now TIMESTAMP, @id STRING, @limit INT64
SELECT SubscriptionId, EndDueTime, UserId, CourseId, Country, Language
FROM Subscriptions@{FORCE_INDEX=DueEnds}
WHERE Shard = @shard AND EndDueTime IS NOT NULL AND EndDueTime >= @after AND EndDueTime <= @now
  AND (EndDueTime > @after OR SubscriptionId > @id)
ORDER BY EndDueTime, SubscriptionId
LIMIT @limit;

-- @from STRING, @to STRING, @limit INT64
SELECT TransactionId, Currency, ANY_VALUE(Country) AS Country, SUM(AmountMinor) AS SumMinor
FROM LedgerEntries
WHERE TransactionId >= @from AND TransactionId < @to
GROUP BY TransactionId, Currency
HAVING SUM(AmountMinor) != 0
ORDER BY TransactionId, Currency
LIMIT @limit;
