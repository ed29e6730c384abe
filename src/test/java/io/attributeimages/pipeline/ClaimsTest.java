package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.attributeimages.catalog.Recipe;
import io.attributeimages.ledger.Task;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.support.UnitOfWorkHelper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClaimsTest {

  private final DefaultCamelContext camel = new DefaultCamelContext();

  @Test
  void whatIsClaimedTakesRoomUntilItsExchangeIsDone() {
    Claims claims = new Claims(3);
    Task task = task();

    claims.add(task);
    Exchange exchange = exchange(claims, task);
    assertThat(claims.room()).isEqualTo(2);
    assertThat(claims.tasks()).containsExactly(task.id());

    done(exchange);
    assertThat(claims.room()).isEqualTo(3);
    assertThat(claims.tasks()).isEmpty();
  }

  @Test
  void withAReserveTheNextClaimComesBeforeWhatIsWorkedOnIsDone() {
    Claims claims = Claims.withReserve(3);
    assertThat(claims.claim()).as("no more than is worked on at once").isEqualTo(3);
    for (int i = 0; i < 3; i++) {
      claims.add(task());
    }
    assertThat(claims.room()).as("until it is known that images get on").isZero();

    claims.gotOn();
    assertThat(claims.claim()).isEqualTo(3);
    for (int i = 0; i < 2; i++) {
      claims.add(task());
    }

    claims.gotOn();
    assertThat(claims.claim()).isEqualTo(1);
  }

  @Test
  void moreIsHandedOutWhileItGetsOnAndOneWhileCautious() {
    Claims claims = new Claims(3);

    assertThat(claims.toHandOut()).isEqualTo(3);
    claims.gotOn();
    assertThat(claims.toHandOut()).isEqualTo(30);
    assertThat(claims.toHandOut()).isEqualTo(3);
    claims.gotOn();
    claims.beCautious();
    assertThat(claims.toHandOut()).isEqualTo(1);
  }

  @Test
  void aMessageWaitsForRoom() throws Exception {
    Claims claims = patient(1, 1);
    Task task = task();
    claims.add(task);
    Exchange working = exchange(claims, task);

    CompletableFuture<Boolean> waiting =
        CompletableFuture.supplyAsync(() -> claims.awaitRoom(new DefaultExchange(camel)));
    done(working);

    assertThat(waiting.get(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aMessageDoesNotWaitForEver() {
    Claims claims = new Claims(1);
    claims.add(task());

    assertThat(claims.awaitRoom(new DefaultExchange(camel))).isFalse();
  }

  @Test
  void aTurnBeginsWhereThereIsRoom() {
    Claims claims = new Claims(1);

    assertThat(claims.goesOn(new DefaultExchange(camel))).isTrue();
    claims.add(task());
    assertThat(claims.goesOn(new DefaultExchange(camel))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"3, true, true", "2, true, false", "3, false, false"})
  void aTurnGoesOnAfterAFullClaimOfWhichSomethingGotOn(int got, boolean gotOn, boolean goesOn) {
    Claims claims = new Claims(3);
    Exchange exchange = new DefaultExchange(camel);
    exchange.getMessage().setHeader("batch", claims.claim());
    exchange.getMessage().setBody(Collections.nCopies(got, row(task())));
    if (gotOn) {
      claims.gotOn();
    }

    assertThat(claims.goesOn(exchange)).isEqualTo(goesOn);
  }

  /** Whether to fill the reserve, the first images show. */
  @ParameterizedTest
  @CsvSource({"true", "false"})
  void aTurnWaitsForWhatBecomesOfWhatItClaimed(boolean gotOn) throws Exception {
    Claims claims = patient(2, 4);
    List<Task> claimed = List.of(task(), task());
    Exchange turn = new DefaultExchange(camel);
    turn.getMessage().setHeader("batch", claims.claim());
    turn.getMessage().setBody(claimed.stream().map(ClaimsTest::row).toList());
    claimed.forEach(claims::add);
    List<Exchange> work = claimed.stream().map(task -> exchange(claims, task)).toList();
    CompletableFuture<Boolean> goesOn = CompletableFuture.supplyAsync(() -> claims.goesOn(turn));
    assertThatThrownBy(() -> goesOn.get(50, TimeUnit.MILLISECONDS))
        .as("nothing is known yet")
        .isInstanceOf(TimeoutException.class);

    for (Exchange one : work) {
      if (gotOn) {
        claims.gotOn();
      }
      done(one);
    }

    assertThat(goesOn.get(30, TimeUnit.SECONDS)).isEqualTo(gotOn);
  }

  @Test
  void aTurnWaitsForRoom() throws Exception {
    Claims claims = patient(1, 1);
    Task task = task();
    Exchange turn = new DefaultExchange(camel);
    turn.getMessage().setHeader("batch", claims.claim());
    turn.getMessage().setBody(List.of(row(task)));
    claims.add(task);
    Exchange work = exchange(claims, task);
    CompletableFuture<Boolean> goesOn = CompletableFuture.supplyAsync(() -> claims.goesOn(turn));

    claims.gotOn();
    done(work);

    assertThat(goesOn.get(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aTurnDoesNotWaitForWhatAnEarlierOneClaimed() throws Exception {
    Claims claims = patient(2, 2);
    claims.add(task());
    Task task = task();
    Exchange turn = new DefaultExchange(camel);
    turn.getMessage().setHeader("batch", claims.claim());
    turn.getMessage().setBody(List.of(row(task)));
    claims.add(task);
    CompletableFuture<Boolean> goesOn = CompletableFuture.supplyAsync(() -> claims.goesOn(turn));

    done(exchange(claims, task));

    assertThat(goesOn.get(30, TimeUnit.SECONDS)).as("it only waits").isFalse();
  }

  @Test
  void nothingMoreIsClaimedWhenTheProgramStops() {
    DefaultCamelContext stopping =
        new DefaultCamelContext() {
          @Override
          public boolean isStopping() {
            return true;
          }
        };
    Claims claims = new Claims(1);
    Exchange turn = new DefaultExchange(stopping);
    assertThat(claims.goesOn(turn)).as("at its beginning").isFalse();

    turn.getMessage().setHeader("batch", claims.claim());
    turn.getMessage().setBody(List.of(row(task())));
    claims.gotOn();
    assertThat(claims.goesOn(turn)).as("after a claim of which all got on").isFalse();
  }

  @Test
  void aTaskIsTheOnlyOneWhenNothingElseIsClaimed() {
    Claims claims = new Claims(3);
    Task one = task();
    Task two = task();

    assertThat(claims.holdsOnly(one)).isFalse();
    claims.add(one);
    assertThat(claims.holdsOnly(one)).isTrue();
    assertThat(claims.holdsOnly(two)).isFalse();
    claims.add(two);
    assertThat(claims.holdsOnly(one)).isFalse();
  }

  @Test
  void aTaskIsReleasedAlsoWhenItsExchangeFails() {
    Claims claims = new Claims(3);
    Task task = task();
    claims.add(task);
    Exchange exchange = exchange(claims, task);

    exchange.setException(new IllegalStateException("broken"));
    done(exchange);

    assertThat(claims.tasks()).isEmpty();
  }

  @Test
  void onlyTheExchangesOwnTaskIsReleased() {
    Claims claims = new Claims(3);
    Task one = task();
    Task two = task();
    claims.add(one);
    claims.add(two);

    done(exchange(claims, one));

    assertThat(claims.tasks()).containsExactly(two.id());
  }

  @Test
  void aTaskThatIsClaimedTwiceTakesRoomOnce() {
    Claims claims = new Claims(3);
    Task task = task();

    claims.add(task);
    claims.add(task);

    assertThat(claims.room()).isEqualTo(2);
  }

  @Test
  void whileCautiousThereIsRoomForOne() {
    Claims claims = new Claims(10);

    claims.beCautious();
    assertThat(claims.room()).isEqualTo(1);
    claims.add(task());
    assertThat(claims.room()).isZero();

    claims.beConfident();
    assertThat(claims.room()).isEqualTo(9);
  }

  @Test
  void roomIsNeverNegative() {
    Claims claims = new Claims(2);
    claims.add(task());
    claims.add(task());
    claims.add(task());

    assertThat(claims.room()).isZero();
    claims.beCautious();
    assertThat(claims.room()).isZero();
  }

  @Test
  void confidenceExpires() {
    Claims claims = new Claims(10, Duration.ofNanos(-1));

    claims.beConfident();

    assertThat(claims.room()).isEqualTo(1);
  }

  @Test
  void confidenceLastsWhileItIsFresh() {
    Claims claims = new Claims(10, Duration.ofDays(1));

    claims.beConfident();

    assertThat(claims.room()).isEqualTo(10);
  }

  @Test
  void duringAPauseThereIsNoRoom() {
    Claims claims = new Claims(10);

    claims.pause(Duration.ofDays(1), Duration.ofDays(1));

    assertThat(claims.room()).isZero();
    assertThat(claims.claim()).isZero();
    assertThat(claims.goesOn(new DefaultExchange(camel))).isFalse();
  }

  @Test
  void afterAPauseTheNextTaskIsATrial() {
    Claims claims = new Claims(10);

    claims.pause(Duration.ofMillis(1), Duration.ofDays(1));

    await().until(() -> claims.room() > 0);
    assertThat(claims.room()).isEqualTo(1);
  }

  @Test
  void everyPauseIsTwiceAsLongAsTheOneBefore() {
    Claims claims = new Claims(10);

    for (int millis = 20; millis <= 160; millis *= 2) {
      assertThat(pause(claims, Duration.ofMillis(20), Duration.ofDays(1)))
          .isGreaterThanOrEqualTo(Duration.ofMillis(millis));
    }
  }

  @Test
  void noPauseIsLongerThanTheLongest() {
    Claims claims = new Claims(10);

    for (int i = 0; i < 70; i++) {
      pause(claims, Duration.ofMinutes(5), Duration.ofMillis(1));
    }

    claims.pause(Duration.ofMinutes(5), Duration.ofDays(1));
    assertThat(claims.room()).as("it is as long as it may be").isZero();
  }

  @Test
  void aPauseDoesNotGrowWhileItIsOn() {
    Claims claims = new Claims(10);

    for (int i = 0; i < 30; i++) {
      claims.pause(Duration.ofSeconds(1), Duration.ofDays(1));
    }

    await().atMost(Duration.ofSeconds(30)).until(() -> claims.room() == 1);
  }

  @Test
  void aPauseEndsWhenTheOtherSideIsWell() {
    Claims claims = new Claims(10);
    claims.pause(Duration.ofDays(1), Duration.ofDays(1));

    claims.beConfident();

    assertThat(claims.room()).isEqualTo(10);
  }

  @Test
  void theFirstPauseAfterTheOtherSideWasWellIsAShortOne() {
    Claims claims = new Claims(10);
    for (int i = 0; i < 70; i++) {
      pause(claims, Duration.ofMillis(100), Duration.ofMillis(1));
    }
    claims.beConfident();

    claims.pause(Duration.ofMillis(100), Duration.ofDays(1));

    await().atMost(Duration.ofSeconds(30)).until(() -> claims.room() == 1);
  }

  @Test
  void itIsKnownWhenTheOtherSideWasWellLast() {
    Claims claims = new Claims(10);
    assertThat(claims.gotOnAfter(Instant.now().minus(Duration.ofDays(1000))))
        .as("before anything is known")
        .isFalse();
    Instant before = Instant.now().minusMillis(1);

    claims.beConfident();

    assertThat(claims.gotOnAfter(before)).isTrue();
    assertThat(claims.gotOnAfter(Instant.now().plusMillis(1))).isFalse();
    claims.beCautious();
    assertThat(claims.gotOnAfter(before)).as("it was, whatever came then").isTrue();
  }

  @Test
  void aTaskThatIsClaimedAgainIsWorkedOnUntilTheSecondExchangeIsDone() {
    Claims claims = new Claims(3);
    Task first = task();
    Task second = RouteTest.attempt(first, 2);
    claims.add(first);
    Exchange one = exchange(claims, first);
    claims.add(second);
    Exchange two = exchange(claims, second);

    done(one);
    assertThat(claims.tasks()).containsExactly(first.id());
    assertThat(claims.room()).isEqualTo(2);

    done(two);
    assertThat(claims.tasks()).isEmpty();
  }

  @Test
  void theTasksAreACopy() {
    Claims claims = new Claims(3);
    Set<UUID> before = claims.tasks();

    claims.add(task());

    assertThat(before).isEmpty();
    assertThatThrownBy(() -> claims.tasks().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  /** Claims that wait for longer than any test. */
  private static Claims patient(int hands, int limit) {
    return new Claims(hands, limit, Duration.ofDays(1), Duration.ofMinutes(5));
  }

  private Exchange exchange(Claims claims, Task task) {
    Exchange exchange = new DefaultExchange(camel);
    claims.releaseWhenDone(exchange, task);
    return exchange;
  }

  /** How long there is no room. */
  private static Duration pause(Claims claims, Duration first, Duration longest) {
    long begin = System.nanoTime();
    claims.pause(first, longest);
    await().pollInterval(Duration.ofMillis(1)).until(() -> claims.room() > 0);
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  private static void done(Exchange exchange) {
    UnitOfWorkHelper.doneSynchronizations(
        exchange, exchange.getExchangeExtension().handoverCompletions());
  }

  private static Map<String, Object> row(Task task) {
    return Map.of("id", task.id());
  }

  private static Task task() {
    return new Task(
        UUID.randomUUID(),
        UUID.randomUUID(),
        "age",
        "30s",
        "anime",
        "txt2img",
        Recipe.parse("{}"),
        1,
        null,
        null,
        null,
        null,
        null,
        Instant.EPOCH,
        null,
        null,
        Instant.EPOCH,
        BigDecimal.ONE,
        0,
        null,
        Instant.EPOCH);
  }
}
