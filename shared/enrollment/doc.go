// Package enrollment defines Kwipper's sagas, as data: subscribing to a course, its
// refund, its monthly renewal, its end, and the publishing of a course.
//
//	subscribe  GetUserInfo ┐
//	           GetCourseInfo ├ DoPayment ─ Subscribe ┬ UpdateCourseInfo
//	           ValidateSubscription ┘                ├ UpdateUserInfo
//	                                                 └ GrantContentAccess
//	refund     BeginRefund ─ (RevokeContentAccess, RevertCourseInfo, RevertUserInfo) ─ Unsubscribe ─ RefundPayment
//	renew      BeginRenewal ─ DoPayment ─ CompleteRenewal ─ (UpdateCourseInfo, GrantContentAccess)
//	end        BeginEnd ─ (RevokeContentAccess, RevertCourseInfo, RevertUserInfo) ─ Unsubscribe
//	publish    BeginPublish ─ AttachMedia ─ CompletePublish
//
// A version is never changed once sagas of it exist: a change is a new version beside it.
package enrollment
