package io.attributeimages.ledger;

import java.net.ConnectException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.Optional;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.springframework.dao.DataAccessException;

/** What a failed statement says of the database. */
public final class DatabaseFailure {

  /**
   * SQLSTATEs of a connection that fails, too few resources, a shutdown, an error of the system,
   * and others in the way.
   */
  private static final String UNAVAILABLE = "08...|53...|57P..|58...|40...|55P03";

  /** What a server says of statements that another connection has prepared: a pooler mixes them. */
  private static final String MIXED = "42P05|26000";

  /** Poolers say so of other things as well. */
  private static final String PROTOCOL = "08P01";

  private static final String TIMEOUT = "57014";
  private static final String NO_ACCESS = "28...";
  private static final String NO_DATABASE = "3D000";
  private static final String NO_TABLES = "42P01";

  private static final String POOLER =
      " Supabase's direct connection has an IPv6 address only: from a network without IPv6, use the"
          + " host of its session pooler.";

  private DatabaseFailure() {}

  /** What the database, or the way to it, said first; empty where the failure is none of its. */
  public static Optional<SQLException> of(Throwable failure) {
    SQLException without = null;
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof SQLException sql) {
        return Optional.of(sql);
      }
      if (t instanceof DataAccessException && without == null) {
        without = new SQLException(t.getMessage());
      }
    }
    return Optional.ofNullable(without);
  }

  /** Whether it was given up for the time it took. */
  public static boolean isTimeout(Throwable failure) {
    return of(failure).filter(sql -> TIMEOUT.equals(sql.getSQLState())).isPresent();
  }

  /** What is wrong, and what to do about it, in a sentence. */
  public static String sentence(SQLException failure) {
    String said = firstLine(failure);
    String state = String.valueOf(failure.getSQLState());
    if (state.equals(NO_TABLES)) {
      return "The tables are not there (" + said + "); create them with the command migrate.";
    }
    return "The database at quarkus.datasource.jdbc.url cannot be used: "
        + said
        + cure(failure, state);
  }

  private static String cure(SQLException failure, String state) {
    if (state.matches(MIXED)
        || state.equals(PROTOCOL)
            && String.valueOf(failure.getMessage())
                .matches("(?s).*(prepared statement|bind message).*")) {
      return ". A pooler in transaction mode stands before it, which forgets what a connection has"
          + " prepared: use its session mode (Supabase: port 5432), or end the URL with"
          + " ?prepareThreshold=0.";
    }
    if (state.matches(NO_ACCESS)) {
      return ". Check quarkus.datasource.username and quarkus.datasource.password.";
    }
    if (state.equals(NO_DATABASE)) {
      return ". Check the database's name in the URL.";
    }
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    if (root instanceof UnknownHostException) {
      return " There is no host " + root.getMessage() + ". Check the URL." + POOLER;
    }
    if (root instanceof SocketException
        && !(root instanceof ConnectException refused
            && String.valueOf(refused.getMessage()).contains("refused"))) {
      return " (" + root.getMessage() + "). Is there a way to it from here?" + POOLER;
    }
    return root == failure ? "" : " (" + root.getMessage() + "). Check the URL.";
  }

  private static String firstLine(SQLException failure) {
    ServerErrorMessage server =
        failure instanceof PSQLException e ? e.getServerErrorMessage() : null;
    String hint = server == null || server.getHint() == null ? "" : ". " + server.getHint();
    return String.valueOf(failure.getMessage()).lines().findFirst().orElse("").strip() + hint;
  }

  /**
   * Whether the database cannot be reached or is busy, so that the same statement may do another
   * time. What it does not understand, or refuses, it will refuse again.
   */
  public static boolean isUnavailable(Throwable failure) {
    return of(failure)
        .map(SQLException::getSQLState)
        .map(state -> state.matches(UNAVAILABLE))
        .orElse(of(failure).isPresent());
  }
}
