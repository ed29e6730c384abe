package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.attributeimages.pipeline.Failure;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * From a paid task to a picture in place, or a dead letter: {@code claim-due}, {@code store-image},
 * …
 */
class StoreSqlTest extends LedgerTest {

  private static final String OLD_URL =
      "https://x.supabase.co/storage/v1/object/public/assets/attribute-images/age-20s-1700000000.jpg";
  private static final String OLD_KEY = "attribute-images/age-20s-1700000000.jpg";
  private static final String NEW_KEY = "attribute-images/age/realistic/20s-task-1.jpg";
  private static final String NEW_URL = "https://cdn.test/assets/" + NEW_KEY;
  private static final Failure LOST = new Failure("TASK_NOT_FOUND", 404, "gone", 3, 0, true);

  @Test
  void whatIsDueIsClaimedWithALease() {
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED);

    assertThat(claim("claim-due", 10)).containsExactly(task);

    assertThat(row("ledger.task", task)).containsEntry("claimed_by", "me");
    assertThat(isAway(task, "lease_until", 30, 30)).isTrue();
    assertThat(claim("claim-due", 10)).as("somebody has it").isEmpty();
  }

  @Test
  void whatIsNotDueIsNotClaimed() {
    UUID run = newRun();
    newTask(run, "20s", TaskState.SUBMITTED, "next_poll_at=now() + interval '1 m'");
    newTask(run, "30s", TaskState.UNCONFIRMED);
    newTask(run, "40s", TaskState.FAILED, "provider_task_id='task-1'", "next_poll_at=now()");

    assertThat(claim("claim-due", 10)).isEmpty();
  }

  @Test
  void aPictureIsStoredUnderARenewedClaim() {
    UUID task = claimed("20s", "claimed_by='me'", "lease_until=now() + interval '1 s'");

    assertThat(beginStoring(task)).isEqualTo(1);

    assertThat(isAway(task, "storing_since", 0, 0)).isTrue();
    assertThat(isAway(task, "lease_until", 30, 30)).isTrue();
  }

  @Test
  void aPictureIsNotStoredWithoutAClaim() {
    UUID theirs = claimed("20s", "claimed_by='other'", "lease_until=now() + interval '1 s'");
    UUID nobodys = claimed("30s", "claimed_by=NULL");
    UUID dead = newTask(newRun(), "40s", TaskState.FAILED, "provider_task_id='task-1'");

    for (UUID task : List.of(theirs, nobodys, dead)) {
      assertThat(beginStoring(task)).isZero();
      assertThat(row("ledger.task", task)).containsEntry("storing_since", null);
    }
    assertThat(row("ledger.task", theirs)).containsEntry("claimed_by", "other");
  }

  @ParameterizedTest
  @ValueSource(strings = {"collect-later", "dead-letter"})
  void whatCouldNotBeStoredIsNotBeingStoredAnyMore(String outcome) {
    UUID task = claimed("20s", "claimed_by='me'", "lease_until=now() + interval '1 s'");
    beginStoring(task);

    assertThat(run(outcome, task, FAILURE)).isEqualTo(1);

    assertThat(row("ledger.task", task)).containsEntry("storing_since", null);
  }

  @Test
  void whatItsInstanceLeftInTheMiddleIsNotBeingStoredAnyMore() {
    UUID task =
        claimed(
            "20s", "claimed_by='me'", "lease_until=now() - interval '1 s'", "storing_since=now()");

    run("recover-collecting");

    assertThat(row("ledger.task", task)).containsEntry("storing_since", null);
  }

  private UUID claimed(String value, String... columns) {
    return newTask(newRun(), value, TaskState.SUBMITTED, columns);
  }

  private int beginOriginal(UUID task, String key) {
    Map<String, Object> properties = Map.of("task", task(task), "originalKey", key);
    return updated(run("begin-original.sql?noop=true", properties, Map.of(), null));
  }

  private int beginStoring(UUID task) {
    return beginStoring(task, "new-key");
  }

  private int beginStoring(UUID task, String key) {
    Map<String, Object> properties = Map.of("task", task(task), "objectKey", key);
    return updated(run("begin-storing.sql?noop=true", properties, Map.of(), null));
  }

  @Test
  void aClaimWhoseInstanceIsGoneIsFree() {
    UUID task =
        newTask(
            newRun(),
            "20s",
            TaskState.SUBMITTED,
            "claimed_by='other'",
            "storing_since=now() - interval '1 m'",
            "lease_until=now() - interval '1 s'");
    UUID alive =
        newTask(
            newRun(),
            "30s",
            TaskState.SUBMITTED,
            "claimed_by='other'",
            "lease_until=now() + interval '1 m'");

    run("recover-collecting");

    assertThat(claim("claim-due", 10)).containsExactly(task);
    assertThat(row("ledger.task", task)).containsEntry("interruptions", 1);
    assertThat(row("ledger.task", alive)).containsEntry("claimed_by", "other");
  }

  @Test
  void aPictureThatWasNotYetFetchedHasInterruptedNothing() {
    UUID task =
        newTask(
            newRun(),
            "20s",
            TaskState.SUBMITTED,
            "claimed_by='other'",
            "interruptions=9",
            "lease_until=now() - interval '1 s'");

    run("recover-collecting");

    assertThat(row("ledger.task", task))
        .containsEntry("state", "SUBMITTED")
        .containsEntry("claimed_by", null)
        .containsEntry("lease_until", null)
        .containsEntry("error_reason", null)
        .containsEntry("interruptions", 9);
    assertThat(claim("claim-due", 10)).containsExactly(task);
  }

  @Test
  void aClaimThatIsGivenBackIsFreeAtOnceIfItIsOurs() {
    UUID ours = claimed("20s", "claimed_by='me'", "lease_until=now() + interval '30 s'");
    UUID others = claimed("30s", "claimed_by='other'", "lease_until=now() + interval '30 s'");

    for (UUID task : List.of(ours, others)) {
      run("release-claim.sql?noop=true", Map.of("task", task(task)), Map.of(), null);
    }

    assertThat(claim("claim-due", 10)).containsExactly(ours);
    assertThat(row("ledger.task", ours)).containsEntry("interruptions", 0);
  }

  /** A picture that takes every program down with it must not do so for ever. */
  @Test
  void aPictureThatInterruptsTooOftenIsADeadLetterThatCanBeFetched() {
    UUID task =
        newTask(
            newRun(),
            "20s",
            TaskState.SUBMITTED,
            "provider_task_id='task-1'",
            "interruptions=9",
            "storing_since=now() - interval '1 m'",
            "lease_until=now() - interval '1 s'");

    run("recover-collecting");

    assertThat(row("ledger.task", task))
        .containsEntry("state", "FAILED")
        .containsEntry("error_reason", "INTERRUPTED")
        .containsEntry("provider_task_id", "task-1");
    assertThat(holds(task, "finished_at IS NOT NULL")).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"poll-later", "collect-later"})
  void anEndOfItsOwnForgetsTheInterruptions(String statement) {
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED, "interruptions=9");

    run(statement, task, FAILURE);

    assertThat(row("ledger.task", task)).containsEntry("interruptions", 0);
  }

  @Test
  void whatIsDueLongestIsClaimedFirst() {
    UUID run = newRun();
    UUID second = newTask(run, "20s", TaskState.SUBMITTED, "next_poll_at=now() - interval '1 m'");
    UUID first = newTask(run, "30s", TaskState.SUBMITTED, "next_poll_at=now() - interval '2 m'");

    assertThat(claim("claim-due", 1)).containsExactly(first);
    assertThat(claim("claim-due", 1)).containsExactly(second);
  }

  @ParameterizedTest
  @CsvSource({"HALTED", "PAUSED"})
  void whatIsPaidIsCollectedAlsoWhenTheRunIsStopped(String state) {
    UUID task = newTask(newRun("state='" + state + "'"), "20s", TaskState.SUBMITTED);

    assertThat(claim("claim-due", 10)).containsExactly(task);
  }

  @Test
  void anUnfinishedTaskIsAskedForAgainAfterThePollInterval() {
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED, "setbacks=3");
    claim("claim-due", 10);

    run("poll-later", task, FAILURE);

    assertThat(row("ledger.task", task))
        .containsEntry("state", "SUBMITTED")
        .containsEntry("setbacks", 0)
        .containsEntry("lease_until", null);
    assertThat(isAway(task, "next_poll_at", 2, 2)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"0, 1.5, 2.5", "2, 6, 10", "1000, 90, 150"})
  void thePauseGrowsWithEverySetbackInARow(int setbacks, double least, double most) {
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED, "setbacks=" + setbacks);
    claim("claim-due", 10);

    run("collect-later", task, FAILURE);

    assertThat(row("ledger.task", task))
        .containsEntry("state", "SUBMITTED")
        .containsEntry("setbacks", setbacks + 1)
        .containsEntry("error_reason", "HTTP_502")
        .containsEntry("lease_until", null);
    assertThat(isAway(task, "next_poll_at", least, most)).isTrue();
  }

  @Test
  void aRowWithoutAPictureIsFilledInItsPlace() {
    newPicture("20s", "/images/placeholder.png", null);
    Object id = picture("20s").get("id");
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED);

    assertThat(store("store-image", task, 7L)).isEqualTo("STORED");

    assertThat(picture("20s"))
        .containsEntry("id", id)
        .containsEntry("image_url", NEW_URL)
        .containsEntry("placeholder", false);
    assertThat(obsoleteKeys(task)).isEmpty();
  }

  @Test
  void aStoredPictureIsARowForApplicationsAndAnEndForTheLedger() {
    UUID task =
        newTask(newRun(), "20s", TaskState.SUBMITTED, "error_reason='HTTP_502'", "setbacks=2");

    assertThat(store("store-image", task, 5_000_000_000L)).isEqualTo("STORED");

    assertThat(picture("20s"))
        .containsEntry("image_url", NEW_URL)
        .containsEntry("object_key", NEW_KEY)
        .containsEntry("seed", 5_000_000_000L)
        .containsEntry("width", 512)
        .containsEntry("height", 768)
        .containsEntry("prompt", "some prompt");
    assertThat(row("ledger.task", task))
        .containsEntry("state", "STORED")
        .containsEntry("object_key", NEW_KEY)
        .containsEntry("image_url", NEW_URL)
        .containsEntry("setbacks", 0)
        .containsEntry("error_reason", null)
        .containsEntry("original_key", null)
        .containsEntry("obsolete_after", null);
    assertThat(obsoleteKeys(task)).isEmpty();
    assertThat(holds(task, "finished_at IS NOT NULL AND recipe ->> 'seed' = '5000000000'"))
        .isTrue();
  }

  /** What the answer says of the seed comes first. */
  @ParameterizedTest
  @CsvSource({", , ", "7, , 7", ", 8, 8", "7, 8, 8"})
  void aPictureIsStoredWithTheSeedThatIsKnown(Long ours, Long answered, Long stored) {
    UUID task =
        newTask(
            newRun(),
            "20s",
            TaskState.SUBMITTED,
            "recipe=jsonb_strip_nulls('{\"prompt\": \"p\", \"seed\": %s}')".formatted(ours));

    assertThat(store("store-image", task, answered)).isEqualTo("STORED");

    assertThat(picture("20s")).containsEntry("seed", stored);
    assertThat(task(task).recipe().fields().path("seed").asText(null))
        .isEqualTo(stored == null ? null : stored.toString());
  }

  @Test
  void aReplacementRemovesTheOriginalOfTheOldPictureWithIt() {
    newPicture("20s", OLD_URL, OLD_KEY);
    String oldKey = "object_key='" + OLD_KEY + "'";
    newTask(newRun(), "20s", TaskState.STORED, oldKey, "original_key='old-original'");
    newTask(newRun(), "20s", TaskState.STORED, "original_key='older'");
    UUID task =
        newTask(newRun(), "20s", TaskState.SUBMITTED, "replaces=true", "original_key='original'");

    assertThat(store("store-image", task, 1L, "original")).isEqualTo("STORED");

    assertThat(obsoleteKeys(task)).containsExactlyInAnyOrder(OLD_KEY, "old-original");
  }

  @Test
  void whatIsNotNeededGoesWithItsOriginal() {
    newPicture("20s", OLD_URL, null);
    UUID skipped = newTask(newRun(), "20s", TaskState.SUBMITTED, "original_key='original'");

    assertThat(store("store-image", skipped, 1L)).isEqualTo("SKIPPED");

    assertThat(obsoleteKeys(skipped)).containsExactlyInAnyOrder(NEW_KEY, "original");
    for (Map<String, Object> object : obsolete()) {
      assertThat(holds(skipped, "obsolete_after IS NOT NULL")).isTrue();
      forget(object);
    }
    assertThat(obsoleteKeys(skipped)).isEmpty();
  }

  @Test
  void storingTwiceChangesNothingTheSecondTime() {
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED);
    store("store-image", task, 1L);
    Map<String, Object> before = picture("20s");
    Map<String, Object> ledger = row("ledger.task", task);

    assertThat(store("store-image", task, 2L)).isNull();

    assertThat(picture("20s")).isEqualTo(before);
    assertThat(withoutArrays(row("ledger.task", task))).isEqualTo(withoutArrays(ledger));
  }

  @Test
  void aPictureThatTurnedUpMeanwhileStaysAndOurObjectIsToGo() {
    newPicture("20s", OLD_URL, null);
    Map<String, Object> before = picture("20s");
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED);

    assertThat(store("store-image", task, 1L)).isEqualTo("SKIPPED");

    assertThat(picture("20s")).isEqualTo(before);
    assertThat(state(task)).isEqualTo(TaskState.SKIPPED);
    assertThat(obsoleteKeys(task)).containsExactly(NEW_KEY);
    assertThat(holds(task, "obsolete_after <= now()")).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {"-", "attribute-images/age/realistic/20s-task-0.jpg"})
  void aReplacementKeepsTheOldObjectForAWhile(String oldKey) {
    newPicture("20s", OLD_URL, oldKey);
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED, "replaces=true");

    assertThat(store("store-image", task, 7L)).isEqualTo("STORED");

    assertThat(picture("20s"))
        .containsEntry("image_url", NEW_URL)
        .containsEntry("object_key", NEW_KEY)
        .containsEntry("seed", 7L);
    assertThat(obsoleteKeys(task)).containsExactly(oldKey == null ? OLD_KEY : oldKey);
    assertThat(isAway(task, "obsolete_after", 3600, 3600)).isTrue();
    assertThat(obsolete()).isEmpty();
  }

  @Test
  void aReplacementOfAPictureSomewhereElseRemovesNothing() {
    newPicture("20s", "https://elsewhere.test/age-20s.jpg", null);
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED, "replaces=true");

    assertThat(store("store-image", task, 7L)).isEqualTo("STORED");

    assertThat(obsoleteKeys(task)).isEmpty();
  }

  @Test
  void aReplacementOnTheSameKeyDoesNotRemoveItself() {
    newPicture("20s", NEW_URL, NEW_KEY);
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED, "replaces=true");

    assertThat(store("store-image", task, 7L)).isEqualTo("STORED");

    assertThat(obsoleteKeys(task)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"PLANNED", "SUBMITTING", "UNCONFIRMED", "FAILED", "STORED", "CANCELLED"})
  void onlyAPaidTaskThatIsBeingCollectedIsStored(TaskState state) {
    UUID task = newTask(newRun(), "20s", state);

    assertThat(store("store-image", task, 1L)).isNull();

    assertThat(state(task)).isEqualTo(state);
    assertThat(value("SELECT count(*) FROM attribute_images")).isEqualTo("0");
  }

  @Test
  void aNewCoverIsStoredWithTitleAndDescription() {
    UUID task = newCover();

    assertThat(store("store-cover", task, 1L)).isEqualTo("STORED");

    assertThat(cover())
        .containsEntry("image_url", NEW_URL)
        .containsEntry("object_key", NEW_KEY)
        .containsEntry("title", "Title")
        .containsEntry("description", "Description")
        .containsEntry("placeholder", false);
  }

  @Test
  void aPlaceholderGivesWayButItsTextsStay() {
    database.update(
        "INSERT INTO style_images (style, image_url, title) VALUES ('realistic', '/placeholder.jpg', 'Theirs')");
    UUID task = newCover();

    assertThat(store("store-cover", task, 1L)).isEqualTo("STORED");

    assertThat(cover())
        .containsEntry("image_url", NEW_URL)
        .containsEntry("title", "Theirs")
        .containsEntry("description", "Description");
    assertThat(obsoleteKeys(task)).isEmpty();
  }

  @Test
  void aRealCoverStaysAndOurObjectIsToGo() {
    database.update("INSERT INTO style_images (style, image_url) VALUES ('realistic', ?)", OLD_URL);
    UUID task = newCover();

    assertThat(store("store-cover", task, 1L)).isEqualTo("SKIPPED");

    assertThat(cover()).containsEntry("image_url", OLD_URL).containsEntry("object_key", null);
    assertThat(obsoleteKeys(task)).containsExactly(NEW_KEY);
  }

  @Test
  void aRealCoverIsReplacedWhenAskedFor() {
    database.update("INSERT INTO style_images (style, image_url) VALUES ('realistic', ?)", OLD_URL);
    UUID task = newCover("replaces=true");

    assertThat(store("store-cover", task, 1L)).isEqualTo("STORED");

    assertThat(cover()).containsEntry("image_url", NEW_URL);
    assertThat(obsoleteKeys(task)).containsExactly(OLD_KEY);
  }

  @Test
  void aPaidDeadLetterKeepsItsTaskId() {
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED, "provider_task_id='task-1'");

    run("dead-letter", task, new Failure("TASK_TIMEOUT", null, "too slow", 3, 0, false));

    assertThat(row("ledger.task", task))
        .containsEntry("state", "FAILED")
        .containsEntry("provider_task_id", "task-1")
        .containsEntry("attempts", 1)
        .containsEntry("error_reason", "TASK_TIMEOUT")
        .containsEntry("error_status", null)
        .containsEntry("error_message", "too slow");
    assertThat(lostTaskIds(task)).isEmpty();
  }

  @Test
  void aLostTaskIdIsRemembered() {
    UUID task =
        newTask(
            newRun(),
            "20s",
            TaskState.SUBMITTED,
            "provider_task_id='task-2'",
            "picture_url='https://images.test/2'",
            "lost_task_ids='{task-1}'");

    run("dead-letter", task, LOST);

    assertThat(row("ledger.task", task))
        .containsEntry("state", "FAILED")
        .containsEntry("provider_task_id", null)
        .containsEntry("picture_url", null)
        .containsEntry("cost_usd", new BigDecimal("0.015"));
    assertThat(lostTaskIds(task)).containsExactly("task-1", "task-2");
  }

  @Test
  void anUnpaidDeadLetterFreesItsPermitAndCountsItsRepetitions() throws Exception {
    permits(1);
    UUID run = newRun();
    UUID task = newTask(run, "20s", TaskState.PLANNED);
    UUID next = newTask(run, "30s", TaskState.PLANNED);
    claim("claim-planned", 1);

    run("dead-letter", task, new Failure("CREATE_TASK_FAILED", 500, "no", 3, 0, false));

    assertThat(row("ledger.task", task)).containsEntry("attempts", 4);
    assertThat(lostTaskIds(task)).isEmpty();
    assertThat(claim("claim-planned", 10)).containsExactly(next);
  }

  @ParameterizedTest
  @EnumSource(names = {"STORED", "SKIPPED", "CANCELLED", "PLANNED", "UNCONFIRMED"})
  void noOtherStateBecomesADeadLetterThatWay(TaskState state) {
    UUID task = newTask(newRun(), "20s", state);

    assertThat(run("dead-letter", task, FAILURE)).isZero();

    assertThat(state(task)).isEqualTo(state);
  }

  @ParameterizedTest
  @CsvSource({"'{}', PLANNED", "'{a}', PLANNED", "'{a,b}', SUBMITTED", "'{a,b,c}', SUBMITTED"})
  void anImageThatNovitaFailsIsSubmittedAsOftenAsAllowed(String lost, TaskState expected) {
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED, "lost_task_ids='" + lost + "'");

    int changed = run("resubmit-failed", task, LOST);

    assertThat(changed).isEqualTo(expected == TaskState.PLANNED ? 1 : 0);
    assertThat(state(task)).isEqualTo(expected);
  }

  @Test
  void aResubmittedImageRemembersWhatItPaidFor() {
    UUID task =
        newTask(
            newRun("max_cost_usd=0.03"),
            "20s",
            TaskState.SUBMITTED,
            "provider_task_id='task-1'",
            "picture_url='https://images.test/1'");

    assertThat(run("resubmit-failed", task, LOST)).isEqualTo(1);

    assertThat(row("ledger.task", task))
        .containsEntry("state", "PLANNED")
        .containsEntry("provider_task_id", null)
        .containsEntry("picture_url", null)
        .containsEntry("cost_usd", new BigDecimal("0.015"))
        .containsEntry("error_reason", "TASK_NOT_FOUND");
    assertThat(lostTaskIds(task)).containsExactly("task-1");
  }

  @Test
  void payingAnewMustFitTheBudget() {
    UUID run = newRun("max_cost_usd=0.044", "committed_usd=0.03");
    UUID task = newTask(run, "20s", TaskState.SUBMITTED);

    assertThat(run("resubmit-failed", task, LOST)).isZero();

    assertThat(state(task)).isEqualTo(TaskState.SUBMITTED);
  }

  /** An instance that lost its lease may learn late that a task failed that was replaced since. */
  @ParameterizedTest
  @ValueSource(strings = {"resubmit-failed", "dead-letter"})
  void whatBecameOfAnOldTaskIdDoesNotTouchANewOne(String statement) {
    UUID id = newTask(newRun(), "20s", TaskState.SUBMITTED, "provider_task_id='task-1'");
    Task old = task(id);
    database.update("UPDATE ledger.task SET provider_task_id = 'task-2' WHERE id = ?", id);

    Map<String, Object> properties = Map.of("task", old, "failure", LOST);
    assertThat(updated(run(statement + ".sql?noop=true", properties, Map.of(), null))).isZero();

    assertThat(row("ledger.task", id))
        .containsEntry("state", "SUBMITTED")
        .containsEntry("provider_task_id", "task-2");
  }

  @Test
  void whatIsPaidForAgainCostsAgain() {
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED);
    run("resubmit-failed", task, LOST);
    database.update(
        "UPDATE ledger.task SET state = 'SUBMITTING', claimed_by = 'me', lease_until = now() WHERE id = ?",
        task);

    recordAccepted(task, "task-2");

    assertThat(row("ledger.task", task)).containsEntry("cost_usd", new BigDecimal("0.030"));
  }

  /** A picture may be in the bucket although its row was never written. */
  @Test
  void whatADiscardedDeadLetterHasUploadedIsRemoved() {
    UUID task = claimed("20s");
    beginStoring(task);
    run("dead-letter", task, new Failure("LEDGER_REFUSED", null, "no", 0, 0, false));

    run("discard-dead-letter.sql?noop=true", Map.of(), Map.of(), Map.of("id", task.toString()));

    assertThat(claimObsolete())
        .extracting(row -> row.get("obsolete_key"))
        .containsExactly("new-key");
  }

  @Test
  void whatASupersededDeadLetterHasUploadedIsRemoved() {
    UUID dead = claimed("20s");
    beginStoring(dead);
    run("dead-letter", dead, new Failure("LEDGER_REFUSED", null, "no", 0, 0, false));
    UUID never = newTask(newRun(), "20s", TaskState.FAILED);

    store("store-image", claimed("20s"), 1L);

    assertThat(List.of(state(dead), state(never))).containsOnly(TaskState.CANCELLED);
    assertThat(claimObsolete())
        .extracting(row -> row.get("obsolete_key"))
        .containsExactly("new-key");
  }

  @ParameterizedTest
  @CsvSource({
    "https://x.supabase.co/storage/v1/object/public/assets/attribute-images/a.jpg, attribute-images/a.jpg",
    "https://x.supabase.co/storage/v1/object/public/assets/attribute-images/a.jpg?v=2, attribute-images/a.jpg",
    "https://x.supabase.co/storage/v1/object/public/assets/attribute-images/a.jpg#top, attribute-images/a.jpg",
    "https://x.supabase.co/storage/v1/object/public/assets/attribute-images/a%20b.jpg, ",
    "https://x.supabase.co/storage/v1/object/public/assets/logos/a.jpg, ",
    "https://x.supabase.co/storage/v1/object/public/other/attribute-images/a.jpg, ",
    "https://cdn.test/a.jpg, "
  })
  void anObjectOfAnEarlierScriptIsRemovedWhereItsKeyIsCertain(String url, String key) {
    newPicture("20s", url, null);
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED, "replaces=true");

    store("store-image", task, 1L);

    assertThat(obsoleteKeys(task)).isEqualTo(key == null ? List.of() : List.of(key));
  }

  @Test
  void whatARowStillPointsToIsInUse() {
    String folder = "https://x.supabase.co/storage/v1/object/public/assets/attribute-images/";
    newPicture("30s", folder + "adopted.jpg?v=1", null);
    newPicture("40s", "https://cdn.test/own.jpg", "attribute-images/own.jpg");
    database.update(
        "INSERT INTO style_images (style, image_url) VALUES ('realistic', ?)",
        folder + "cover.jpg");
    for (String name : List.of("adopted", "own", "cover", "nobodys")) {
      newTask(
          newRun(),
          name,
          TaskState.CANCELLED,
          "obsolete_keys='{attribute-images/" + name + ".jpg}'",
          "obsolete_after=now()");
    }

    assertThat(claimObsolete())
        .filteredOn(row -> row.get("in_use").equals(false))
        .extracting(row -> row.get("obsolete_key"))
        .containsExactly("attribute-images/nobodys.jpg");
  }

  /** A million pictures are not read for each object that is to be removed. */
  @Test
  void aPictureIsFoundByTheKeyOfItsObject() {
    database.execute("SET enable_seqscan = off");
    for (String condition :
        List.of(
            "object_key = 'k'",
            "object_key IS NULL AND ledger.object_of_url(image_url) = 'assets/k'")) {
      assertThat(
              String.join(
                  "\n",
                  database.queryForList(
                      "EXPLAIN SELECT FROM attribute_images WHERE " + condition, String.class)))
          .containsPattern("Index.*Scan");
    }
    database.execute("RESET enable_seqscan");
  }

  /** With the statistics of an almost empty table, a plan may ask a subquery once for each row. */
  @ParameterizedTest
  @CsvSource({"claim-due, 2", "claim-events, 2"})
  void aBatchIsNoMoreThanWasAskedFor(String statement, int batch) {
    UUID run = newRun();
    for (int i = 0; i < 10; i++) {
      newTask(run, "v" + i, TaskState.SUBMITTED, "claimed_by=NULL");
      database.update("INSERT INTO ledger.image_event (event, image) VALUES ('STORED', '{}')");
      if (i == 0) {
        database.execute("ANALYZE ledger.task, ledger.image_event");
      }
    }

    Map<String, Object> headers = Map.of("batch", batch, "overdueSeconds", 0, "kind", "STORED");
    assertThat(rows(run(statement + ".sql", Map.of(), headers, null))).hasSize(batch);
  }

  private List<Map<String, Object>> claimObsolete() {
    return rows(run("claim-obsolete.sql", Map.of(), Map.of(), null));
  }

  @Test
  void anObsoleteObjectIsClaimedAfterItsTimeAndForgottenWhenItIsGone() {
    UUID task =
        newTask(
            newRun(), "20s", TaskState.STORED, "obsolete_keys=\'{old}\'", "obsolete_after=now()");
    newTask(
        newRun(),
        "30s",
        TaskState.STORED,
        "obsolete_keys=\'{later}\'",
        "obsolete_after=now() + interval '1 m'");

    List<Map<String, Object>> claimed = obsolete();

    assertThat(claimed).hasSize(1);
    assertThat(claimed.get(0))
        .containsEntry("id", task)
        .containsEntry("obsolete_key", "old")
        .containsEntry("in_use", false);
    assertThat(obsolete()).as("somebody is at it").isEmpty();
    forget(claimed.get(0));
    assertThat(obsoleteKeys(task)).isEmpty();
    assertThat(row("ledger.task", task)).containsEntry("obsolete_after", null);
  }

  @Test
  void anObjectThatARowPointsToIsInUse() {
    newPicture("20s", NEW_URL, NEW_KEY);
    newTask(
        newRun(),
        "20s",
        TaskState.STORED,
        "obsolete_keys='{" + NEW_KEY + "}'",
        "obsolete_after=now()");

    assertThat(obsolete().get(0)).containsEntry("in_use", true);
  }

  /** Earlier scripts used one picture in several places and wrote down no key. */
  @Test
  void anObjectThatALegacyRowPointsToIsInUse() {
    newPicture("20s", OLD_URL, null);
    database.update("INSERT INTO style_images (style, image_url) VALUES ('realistic', ?)", OLD_URL);
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED, "replaces=true");
    store("store-image", task, 1L);
    database.update("UPDATE ledger.task SET obsolete_after = now()");

    assertThat(obsolete().get(0))
        .containsEntry("obsolete_key", OLD_KEY)
        .containsEntry("in_use", true);
  }

  @Test
  void aRemovalThatFailedIsTriedAgain() {
    newTask(newRun(), "20s", TaskState.STORED, "obsolete_keys=\'{old}\'", "obsolete_after=now()");
    obsolete();

    database.update("UPDATE ledger.task SET obsolete_after = obsolete_after - interval '15 m'");

    assertThat(obsolete()).hasSize(1);
  }

  @Test
  void aStoredImageSettlesItsDeadLettersAndNoOthers() {
    UUID same = newTask(newRun(), "20s", TaskState.FAILED, "provider_task_id='old'");
    UUID other = newTask(newRun(), "30s", TaskState.FAILED);
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED);

    store("store-image", task, 1L);

    assertThat(state(same)).isEqualTo(TaskState.CANCELLED);
    assertThat(state(other)).isEqualTo(TaskState.FAILED);
  }

  @Test
  void aDeadLetterOfAnotherImageDoesNotCountAsStored() {
    newTask(newRun(), "20s", TaskState.SUBMITTED);
    newTask(newRun(), "30s", TaskState.FAILED);
    newTask(newRun(), "40s", TaskState.UNCONFIRMED, "possible_cost_usd=0.015");
    newTask(newRun(), "50s", TaskState.STORED, "cost_usd=0.03");

    Exchange done = run("select-status.sql?outputType=SelectOne", Map.of(), Map.of(), null);

    Map<?, ?> status = done.getMessage().getBody(Map.class);
    assertThat(status.get("in_flight")).isEqualTo(2L);
    assertThat(status.get("failed")).isEqualTo(1L);
    assertThat((BigDecimal) status.get("cost_usd")).isEqualByComparingTo("0.045");
    assertThat((BigDecimal) status.get("possible_cost_usd"))
        .as("an earlier lost answer, and the one that is unconfirmed")
        .isEqualByComparingTo("0.03");
  }

  // ------------------------------------------------------------------------------- originals

  @Test
  void theKeyOfAnOriginalIsKnownBeforeItIsUploaded() {
    UUID task = claimed("20s");

    assertThat(beginOriginal(task, "original")).isEqualTo(1);
    assertThat(beginOriginal(task, "original")).as("once more after a kill").isEqualTo(1);

    assertThat(row("ledger.task", task)).containsEntry("original_key", "original");
    assertThat(obsoleteKeys(task)).isEmpty();
  }

  @Test
  void noOriginalIsUploadedWithoutAClaim() {
    UUID theirs = claimed("20s", "claimed_by='other'", "lease_until=now() + interval '1 s'");
    UUID dead = newTask(newRun(), "40s", TaskState.FAILED, "provider_task_id='task-1'");

    for (UUID task : List.of(theirs, dead)) {
      assertThat(beginOriginal(task, "original")).isZero();
      assertThat(row("ledger.task", task)).containsEntry("original_key", null);
    }
  }

  @Test
  void aStoredPictureKeepsItsOriginal() {
    UUID task = claimed("20s");
    beginStoring(task, NEW_KEY);
    beginOriginal(task, "original");

    store("store-image", task, 1L, "original");

    assertThat(row("ledger.task", task)).containsEntry("original_key", "original");
    assertThat(obsoleteKeys(task)).isEmpty();
  }

  @Test
  void anOriginalThatIsNotKeptIsRemovedAfterTheStore() {
    UUID task = claimed("20s", "original_key='original'");

    store("store-image", task, 1L, null);

    assertThat(state(task)).isEqualTo(TaskState.STORED);
    assertThat(row("ledger.task", task)).containsEntry("original_key", null);
    assertThat(obsoleteKeys(task)).containsExactly("original");
    assertThat(isAway(task, "obsolete_after", 3600, 3600)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"store-image", "store-cover"})
  void anOriginalIsRemovedWithItsPicture(String statement) {
    boolean cover = statement.equals("store-cover");
    UUID first = cover ? newCover() : claimed("20s");
    beginOriginal(first, "old-original");
    store(statement, first, 1L, "old-original");
    database.update("UPDATE attribute_images SET object_key = 'old-key'");
    database.update("UPDATE style_images SET object_key = 'old-key'");
    database.update("UPDATE ledger.task SET object_key = 'old-key'");
    UUID second = cover ? newCover("replaces=true") : claimed("20s", "replaces=true");
    beginOriginal(second, "new-original");

    store(statement, second, 2L, "new-original");

    assertThat(obsoleteKeys(second)).containsExactlyInAnyOrder("old-key", "old-original");
    assertThat(row("ledger.task", second)).containsEntry("original_key", "new-original");
    database.update(
        "UPDATE ledger.task SET obsolete_after = now() WHERE obsolete_after IS NOT NULL");
    assertThat(claimObsolete())
        .hasSize(2)
        .allSatisfy(row -> assertThat(row).containsEntry("in_use", false));
  }

  @ParameterizedTest
  @CsvSource({"store-image", "store-cover"})
  void whatTurnedUpMeanwhileLeavesNeitherPictureNorOriginal(String statement) {
    newPicture("20s", OLD_URL, null);
    database.update(
        "INSERT INTO public.style_images (style, image_url) VALUES ('realistic', ?)", OLD_URL);
    UUID task = statement.equals("store-cover") ? newCover() : claimed("20s");
    beginOriginal(task, "original");

    assertThat(store(statement, task, 1L, "original")).isEqualTo("SKIPPED");

    assertThat(obsoleteKeys(task)).containsExactlyInAnyOrder(NEW_KEY, "original");
    assertThat(holds(task, "obsolete_after <= now()")).isTrue();
  }

  @Test
  void whatAnEarlierAttemptUploadedIsRemoved() {
    UUID task = claimed("20s");
    beginStoring(task, "key-of-task-0");
    beginOriginal(task, "original-of-task-0");

    beginStoring(task, NEW_KEY);
    assertThat(obsoleteKeys(task)).containsExactly("key-of-task-0");
    beginOriginal(task, "original");
    assertThat(obsoleteKeys(task)).containsExactly("key-of-task-0", "original-of-task-0");
    store("store-image", task, 1L, "original");

    assertThat(obsoleteKeys(task)).containsExactlyInAnyOrder("key-of-task-0", "original-of-task-0");
    assertThat(row("ledger.task", task))
        .containsEntry("object_key", NEW_KEY)
        .containsEntry("original_key", "original");
  }

  @Test
  void anOriginalWhosePictureIsInPlaceAgainIsInUse() {
    UUID first = claimed("20s", "original_key='old-original'");
    store("store-image", first, 1L, "old-original");
    UUID second =
        newTask(
            newRun(),
            "20s",
            TaskState.STORED,
            "obsolete_keys='{old-original,nobodys}'",
            "obsolete_after=now()");

    assertThat(claimObsolete())
        .extracting(row -> row.get("id"), row -> row.get("obsolete_key"), row -> row.get("in_use"))
        .containsExactlyInAnyOrder(
            tuple(second, "old-original", true), tuple(second, "nobodys", false));
  }

  @Test
  void oneOfSeveralObjectsIsForgottenWhenItIsGone() {
    UUID task =
        newTask(
            newRun(), "20s", TaskState.STORED, "obsolete_keys='{one,two}'", "obsolete_after=now()");

    forget(Map.of("id", task, "obsolete_key", "one"));

    assertThat(obsoleteKeys(task)).containsExactly("two");
    assertThat(holds(task, "obsolete_after IS NOT NULL")).isTrue();
    forget(Map.of("id", task, "obsolete_key", "two"));
    assertThat(holds(task, "obsolete_after IS NULL")).isTrue();
  }

  @Test
  void aDeadLetterThatNobodyWantsLeavesNoOriginal() {
    UUID task = claimed("20s");
    beginStoring(task);
    beginOriginal(task, "original");
    run("dead-letter", task, new Failure("LEDGER_REFUSED", null, "no", 0, 0, false));

    run("discard-dead-letter.sql?noop=true", Map.of(), Map.of(), Map.of("id", task.toString()));

    assertThat(obsoleteKeys(task)).containsExactly("new-key", "original");
  }

  @Test
  void aDeadLetterThatIsSettledLeavesNoOriginal() {
    UUID dead = claimed("20s");
    beginOriginal(dead, "original");
    run("dead-letter", dead, new Failure("LEDGER_REFUSED", null, "no", 0, 0, false));

    store("store-image", claimed("20s"), 1L);

    assertThat(obsoleteKeys(dead)).containsExactly("original");
  }

  /** Runs the statement as the route does, and returns the task's new state; null for no row. */
  private String store(String statement, UUID task, Long seed) {
    return store(statement, task, seed, null);
  }

  private String store(String statement, UUID task, Long seed, String originalKey) {
    Map<String, Object> properties =
        new HashMap<>(
            Map.of(
                "task",
                task(task),
                "objectKey",
                NEW_KEY,
                "imageUrl",
                NEW_URL,
                "coverTitle",
                "Title",
                "coverDescription",
                "Description"));
    properties.put("seed", seed);
    properties.put("originalKey", originalKey);
    Object body =
        run(statement + ".sql?outputType=SelectOne", properties, Map.of(), null)
            .getMessage()
            .getBody();
    return body instanceof String state ? state : null;
  }

  private UUID newCover(String... columns) {
    String[] all = new String[columns.length + 1];
    System.arraycopy(columns, 0, all, 1, columns.length);
    all[0] = "category='style'";
    return newTask(newRun(), "cover", TaskState.SUBMITTED, all);
  }

  @SuppressWarnings("unchecked")
  private List<Map<String, Object>> obsolete() {
    return run("claim-obsolete.sql", Map.of(), Map.of(), null).getMessage().getBody(List.class);
  }

  private List<String> obsoleteKeys(UUID task) {
    return Rows.strings(row("ledger.task", task).get("obsolete_keys"));
  }

  private void forget(Map<String, Object> obsolete) {
    run(
        "forget-obsolete.sql?noop=true",
        Map.of("obsoleteTask", obsolete.get("id"), "obsoleteKey", obsolete.get("obsolete_key")),
        Map.of(),
        null);
  }

  private Map<String, Object> picture(String value) {
    return database.queryForMap("SELECT * FROM attribute_images WHERE value = ?", value);
  }

  private Map<String, Object> cover() {
    return database.queryForMap("SELECT * FROM style_images WHERE style = 'realistic'");
  }

  private List<String> lostTaskIds(UUID task) {
    return Rows.strings(row("ledger.task", task).get("lost_task_ids"));
  }

  private static Map<String, Object> withoutArrays(Map<String, Object> row) {
    Map<String, Object> copy = new HashMap<>(row);
    copy.remove("lost_task_ids");
    copy.remove("obsolete_keys");
    return copy;
  }
}
