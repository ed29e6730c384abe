package io.attributeimages.access;

import static io.attributeimages.access.LoginLimit.ACCOUNT_FAILURES;
import static io.attributeimages.access.LoginLimit.FREE_FAILURES;
import static io.attributeimages.access.LoginLimit.LONGEST_PAUSE_SECONDS;
import static io.attributeimages.access.LoginLimit.MAX_ADDRESSES;
import static io.attributeimages.access.LoginLimit.SECONDS_PER_FAILURE;
import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.access.LoginLimit.Outcome;
import io.attributeimages.api.Caller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoginLimitTest {

  private static final Outcome RIGHT = new Outcome(true, 0);
  private static final Outcome WRONG = new Outcome(false, 0);
  private static final String ATTACKER = "198.51.100.1";
  private static final String OPERATOR = "203.0.113.1";

  private long now = Long.MAX_VALUE - 1_000_000_000L; // the clock may wrap around at any time
  private final LoginLimit limit = new LoginLimit(() -> now);

  @Test
  void theFirstWrongPasswordsAreFreeAndEachFurtherOneDoublesThePause() {
    for (int i = 1; i < FREE_FAILURES; i++) {
      assertThat(wrong(ATTACKER)).isEqualTo(WRONG);
    }

    List<Long> pauses = new ArrayList<>();
    for (int i = 0; i < 11; i++) {
      assertThat(wrong(ATTACKER)).isEqualTo(WRONG);
      long pause = wrong(ATTACKER).retryAfterSeconds();
      pauses.add(pause);
      pass(Duration.ofSeconds(pause));
    }

    assertThat(pauses).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 300L, 300L);
    assertThat(pauses).last().isEqualTo((long) LONGEST_PAUSE_SECONDS);
  }

  @Test
  void whoeverWaitsIsNotListenedToEvenWithTheRightPassword() {
    exhaust(ATTACKER);

    assertThat(right(ATTACKER)).isEqualTo(new Outcome(false, 1));
    pass(Duration.ofSeconds(1));
    assertThat(right(ATTACKER)).isEqualTo(RIGHT);
  }

  @Test
  void theRightPasswordForgivesTheWrongOnes() {
    for (int round = 0; round < 3; round++) {
      for (int i = 1; i < FREE_FAILURES; i++) {
        assertThat(wrong(OPERATOR)).isEqualTo(WRONG);
      }
      assertThat(right(OPERATOR)).isEqualTo(RIGHT);
    }
  }

  @Test
  void theRightPasswordFromAnotherAddressIsNotLockedOut() {
    exhaust(ATTACKER);

    assertThat(wrong(ATTACKER).retryAfterSeconds()).isPositive();
    assertThat(right(OPERATOR)).isEqualTo(RIGHT);
  }

  @Test
  void manyAddressesTogetherHaveALimitThatAnAddressOfTheOperatorDoesNotMeet() {
    assertThat(right(OPERATOR)).isEqualTo(RIGHT);
    for (int i = 0; i < ACCOUNT_FAILURES; i++) {
      assertThat(wrong("192.0.2." + i)).isEqualTo(WRONG);
    }

    assertThat(right("198.51.100.7")).isEqualTo(new Outcome(false, SECONDS_PER_FAILURE));
    assertThat(right(OPERATOR)).isEqualTo(RIGHT);
    pass(Duration.ofSeconds(SECONDS_PER_FAILURE));
    assertThat(right("198.51.100.7")).isEqualTo(RIGHT);
    assertThat(wrong("198.51.100.8")).isEqualTo(WRONG);
    assertThat(wrong("198.51.100.9").retryAfterSeconds()).isPositive();
  }

  @Test
  void anAddressIsForgivenAfterAnHour() {
    exhaust(ATTACKER);

    pass(Duration.ofHours(1).plusSeconds(2));
    for (int i = 1; i < FREE_FAILURES; i++) {
      assertThat(wrong(ATTACKER)).isEqualTo(WRONG);
      assertThat(right(OPERATOR)).isEqualTo(RIGHT);
    }
    assertThat(right(ATTACKER)).isEqualTo(RIGHT);
  }

  @Test
  void onlySoManyAddressesAreRemembered() {
    for (int i = 0; i < 3 * MAX_ADDRESSES; i++) {
      pass(Duration.ofSeconds(SECONDS_PER_FAILURE));
      wrong("10." + (i >> 16) + "." + (i >> 8 & 255) + "." + (i & 255));
    }

    assertThat(limit.size()).isEqualTo(MAX_ADDRESSES);
  }

  @ParameterizedTest
  @CsvSource({
    "2001:db8:0:1::1, 2001:db8:0:1:ffff::2, true",
    "2001:db8:0:1::1, 2001:db8:0:2::1, false",
    "192.0.2.1, ::ffff:192.0.2.1, true",
    "192.0.2.1, 192.0.2.2, false",
    "not.an.address.example, , true",
  })
  void addressesOfOneNetworkCountAsOne(String one, String other, boolean same) {
    assertThat(Caller.network(one).equals(Caller.network(other))).isEqualTo(same);
  }

  private void exhaust(String address) {
    for (int i = 0; i < FREE_FAILURES; i++) {
      assertThat(wrong(address)).isEqualTo(WRONG);
    }
  }

  private Outcome wrong(String address) {
    return limit.attempt(address, () -> false);
  }

  private Outcome right(String address) {
    return limit.attempt(address, () -> true);
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }
}
