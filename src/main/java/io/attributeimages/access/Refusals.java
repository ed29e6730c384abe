package io.attributeimages.access;

import io.attributeimages.api.Problem;
import java.util.ArrayList;
import java.util.List;

/** How calls are refused: in words, with what a browser or a program can do about it. */
final class Refusals {

  private static final String BASIC = "Basic realm=\"operator\", charset=\"UTF-8\"";
  private static final String BEARER = "Bearer realm=\"operator\"";

  private final AccessSettings settings;

  /** Refusals by those settings. */
  Refusals(AccessSettings settings) {
    this.settings = settings;
  }

  /** Nobody in particular asks for what only an operator may. */
  Problem anonymous() {
    return unauthorized("The call needs an operator: " + howTo(), BEARER);
  }

  /** The credentials are wrong. */
  Problem wrongPassword() {
    return unauthorized("The user name or the password is wrong", BEARER);
  }

  /** The header Authorization is not what is accepted. */
  Problem notUnderstood(String why) {
    return unauthorized(why + "; " + howTo(), BEARER);
  }

  /** The token is not accepted. */
  Problem badToken(String why) {
    return unauthorized(why, BEARER + ", error=\"invalid_token\"");
  }

  /** The caller is known, and no operator. */
  Problem noOperator() {
    return forbidden(
        "The token has no right to this call: only one with the role service_role has");
  }

  /** Nobody can be an operator, or nobody but who calls from the machine itself. */
  Problem nobodyIsOperator() {
    return forbidden(
        settings.openOnThisMachine()
            ? "No operator is configured, so this takes a call from the machine itself, to"
                + " localhost; set operator.password (OPERATOR_PASSWORD) for others"
            : "No operator is configured, so nobody may spend money or change anything; set"
                + " operator.password (OPERATOR_PASSWORD) and start the program again");
  }

  /** Too many wrong passwords. */
  static Problem tooMany(long seconds) {
    return new Problem(
            429,
            "Too many requests",
            "Too many wrong passwords were sent; try again in "
                + seconds
                + (seconds == 1 ? " second" : " seconds"))
        .with("Retry-After", List.of(String.valueOf(seconds)));
  }

  /** The token cannot be checked. */
  static Problem keysAway() {
    return new Problem(
            503,
            "Service unavailable",
            "The bearer token cannot be checked, as the keys at supabase.jwks-url cannot be fetched"
                + " now; try again in a moment")
        .with("Retry-After", List.of("10"));
  }

  private String howTo() {
    String basic = "log in as " + settings.username();
    String bearer = "send a bearer token with the role service_role";
    if (settings.password().isEmpty()) {
      return bearer;
    }
    return settings.acceptsTokens() ? basic + ", or " + bearer : basic;
  }

  private Problem unauthorized(String detail, String bearer) {
    List<String> challenges = new ArrayList<>();
    if (settings.password().isPresent()) {
      challenges.add(BASIC);
    }
    if (settings.acceptsTokens()) {
      challenges.add(bearer);
    }
    return new Problem(401, "Unauthorized", detail).with("WWW-Authenticate", challenges);
  }

  private static Problem forbidden(String detail) {
    return new Problem(403, "Forbidden", detail);
  }
}
