package invariants

// open reports whether a subscription gives access.
func (s subscriptionRow) open() bool { return s.State == "ACTIVE" || s.State == "PAST_DUE" }

func (w *world) subscriptionsByID() map[string]subscriptionRow {
	return index(w.subscriptions, func(s subscriptionRow) string { return s.SubscriptionId })
}

func activeIsPaid(w *world) *findings {
	f := &findings{}
	invoices := index(w.invoices, func(i invoiceRow) string { return i.InvoiceId })
	for _, s := range w.subscriptions {
		if s.State != "ACTIVE" {
			continue
		}
		i, ok := invoices[s.InvoiceId.StringVal]
		switch {
		case !ok:
			f.add(s.SubscriptionId, true, "there is no invoice %q", s.InvoiceId.StringVal)
		case i.SubscriptionId != s.SubscriptionId || i.Period != s.Period:
			f.add(s.SubscriptionId, true, "is in period %d, and its invoice %s is of period %d of %s", s.Period, i.InvoiceId, i.Period, i.SubscriptionId)
		default:
			f.add(s.SubscriptionId, i.State != "PAID", "its invoice %s is %s", i.InvoiceId, i.State)
		}
	}
	return f
}

func accessIsPaid(w *world) *findings {
	f, subscriptions := &findings{}, w.subscriptionsByID()
	look := func(what, user, course, subscription string) {
		s := subscriptions[subscription]
		right := s.open() && s.UserId == user && s.CourseId == course
		f.add(subscription, !right, "%s of user %s in course %s, and the subscription is %q", what, user, course, s.State)
	}
	for _, e := range w.entitlements {
		look("entitlement", e.UserId, e.CourseId, e.SubscriptionId)
	}
	for _, e := range w.enrollments {
		look("enrollment", e.UserId, e.CourseId, e.SubscriptionId)
	}
	for _, e := range w.userEnrollments {
		look("user's enrollment", e.UserId, e.CourseId, e.SubscriptionId)
	}
	return f
}

func paidHasAccess(w *world) *findings {
	f := &findings{}
	entitlements := index(w.entitlements, func(e entitlementRow) string { return e.SubscriptionId })
	enrollments := index(w.enrollments, func(e enrollmentRow) string { return e.SubscriptionId })
	users := index(w.userEnrollments, func(e userEnrollmentRow) string { return e.SubscriptionId })
	for _, s := range w.subscriptions {
		if !s.open() {
			continue
		}
		entitlement, entitled := entitlements[s.SubscriptionId]
		enrollment, enrolled := enrollments[s.SubscriptionId]
		user, listed := users[s.SubscriptionId]
		until := s.AccessUntil.Time
		switch {
		case !entitled || entitlement.UserId != s.UserId || entitlement.CourseId != s.CourseId:
			f.add(s.SubscriptionId, true, "has no entitlement")
		case !enrolled || enrollment.UserId != s.UserId || enrollment.CourseId != s.CourseId:
			f.add(s.SubscriptionId, true, "has no enrollment")
		case !listed || user.UserId != s.UserId || user.CourseId != s.CourseId:
			f.add(s.SubscriptionId, true, "is not among its user's enrollments")
		default:
			f.add(s.SubscriptionId, !entitlement.AccessUntil.Equal(until) || !enrollment.AccessUntil.Equal(until),
				"has access until %s, its entitlement until %s, its enrollment until %s", until, entitlement.AccessUntil, enrollment.AccessUntil)
		}
	}
	return f
}

func oneOpenSubscription(w *world) *findings {
	type place struct{ user, course string }
	f, open := &findings{}, map[place]int{}
	for _, s := range w.subscriptions {
		if s.open() || s.State == "PENDING" {
			open[place{s.UserId, s.CourseId}]++
		}
	}
	for p, n := range open {
		f.add(p.user, n > 1, "has %d open subscriptions to course %s", n, p.course)
	}
	return f
}

func sagasEnd(w *world) *findings {
	f := &findings{}
	for _, s := range w.sagas {
		f.add(s.SagaId, s.Stuck || !s.Done && s.Phase != "WAITING", "%s is %s, stuck: %t", s.Definition, s.Phase, s.Stuck)
	}
	return f
}

func subscribersAreCounted(w *world) *findings {
	f, counted := &findings{}, map[string]int64{}
	for _, c := range w.counts {
		counted[c.CourseId] += c.Subscribers
	}
	enrolled := map[string]int64{}
	for _, e := range w.enrollments {
		enrolled[e.CourseId]++
		if _, ok := counted[e.CourseId]; !ok {
			counted[e.CourseId] = 0
		}
	}
	for course, n := range counted {
		f.add(course, n != enrolled[course], "counts %d and has %d enrollments", n, enrolled[course])
	}
	return f
}
