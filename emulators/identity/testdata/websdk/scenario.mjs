// Plays what a front end does with the Firebase web SDK against the identity emulator.
// usage: node scenario.mjs EMULATOR_URL PROJECT
import assert from 'node:assert/strict';
import { initializeApp } from 'firebase/app';
import {
  connectAuthEmulator, createUserWithEmailAndPassword, deleteUser, fetchSignInMethodsForEmail,
  getAuth, getIdTokenResult, initializeRecaptchaConfig, sendPasswordResetEmail, confirmPasswordReset,
  signInAnonymously, signInWithCustomToken, signInWithEmailAndPassword, signOut, updatePassword,
  updateProfile, validatePassword,
} from 'firebase/auth';

const [url, project, customToken] = process.argv.slice(2);
const auth = getAuth(initializeApp({ apiKey: 'any', projectId: project, authDomain: '127.0.0.1' }));
connectAuthEmulator(auth, url, { disableWarnings: true });
const refusedWith = (code) => (error) => error.code === code || assert.equal(error.code, code);

const email = 'web@example.com';
const { user } = await createUserWithEmailAndPassword(auth, email, 'first password');
assert.equal(user.email, email);
assert.equal(user.isAnonymous, false);
await assert.rejects(createUserWithEmailAndPassword(auth, email, 'other password'), refusedWith('auth/email-already-in-use'));
await assert.rejects(createUserWithEmailAndPassword(auth, 'b@example.com', '123'), refusedWith('auth/weak-password'));
await updateProfile(user, { displayName: 'Ana' });

// A function grants a role, the front end refreshes its token and has it.
assert.equal((await getIdTokenResult(user)).claims.country, undefined);
const answer = await fetch(`${url}/identitytoolkit.googleapis.com/v1/projects/${project}/accounts:update`, {
  method: 'POST',
  headers: { Authorization: 'Bearer owner', 'Content-Type': 'application/json' },
  body: JSON.stringify({ localId: user.uid, customAttributes: JSON.stringify({ country: 'MX', roles: ['learner'] }) }),
});
assert.equal(answer.status, 200);
const refreshed = await getIdTokenResult(user, true);
assert.equal(refreshed.claims.country, 'MX');
assert.deepEqual(refreshed.claims.roles, ['learner']);
assert.equal(refreshed.claims.name, 'Ana');
assert.equal(refreshed.signInProvider, 'password');

await updatePassword(user, 'second password');
await signOut(auth);
await assert.rejects(signInWithEmailAndPassword(auth, email, 'first password'), refusedWith('auth/invalid-credential'));
const again = await signInWithEmailAndPassword(auth, email, 'second password');
assert.equal(again.user.uid, user.uid);
assert.equal(again.user.displayName, 'Ana');

await sendPasswordResetEmail(auth, email);
const mail = await (await fetch(`${url}/emulator/v1/projects/${project}/oobCodes`)).json();
await confirmPasswordReset(auth, mail.oobCodes.at(-1).oobCode, 'third password');
const third = await signInWithEmailAndPassword(auth, email, 'third password');
assert.deepEqual(await fetchSignInMethodsForEmail(auth, email), []);
assert.equal((await validatePassword(auth, '123')).isValid, false);
await initializeRecaptchaConfig(auth);

await deleteUser(third.user);
await assert.rejects(signInWithEmailAndPassword(auth, email, 'third password'), refusedWith('auth/invalid-credential'));

assert.equal((await signInAnonymously(auth)).user.isAnonymous, true);
const custom = await signInWithCustomToken(auth, customToken);
assert.equal(custom.user.uid, 'custom-1');
assert.equal((await getIdTokenResult(custom.user, true)).claims.plan, 'gold');
console.log('web SDK scenario passed');
process.exit(0);
