// A secret stops here: it is neither sent nor kept. The server checks again.

const DATE = /\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}/g; // a date is no secret
const SECRET = /(^|\D)(\d[ .-]?){6}(?!\d)|(\d[ .-]?){9,}/; // six digits alone, or nine and more

/** Whether `text` holds what looks like an OTP, a card or an ID number. */
export function holdsSecret(text) {
  return SECRET.test(text.replace(DATE, ""));
}
