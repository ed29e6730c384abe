package io.attributeimages.provider;

import java.time.Duration;

/**
 * A call to a provider that failed, by what that means for the image. The message is for people.
 */
public abstract sealed class ProviderFailure extends Exception {

  private static final long serialVersionUID = 1L;

  private final String reason;
  private final transient Integer status;

  private ProviderFailure(String reason, Integer status, String message) {
    super(message);
    this.reason = reason;
    this.status = status;
  }

  /** The provider's reason, or ours: an upper case word. */
  public String reason() {
    return reason;
  }

  /** The HTTP status, or null where there was no answer. */
  public Integer status() {
    return status;
  }

  /** Nothing was started, or nothing was lost: try again. */
  public static final class Retry extends ProviderFailure {
    private static final long serialVersionUID = 1L;
    private final Duration retryAfter;
    private final boolean outage;

    /**
     * A call to repeat.
     *
     * @param retryAfter the pause the provider asks for, zero where it asks for none
     * @param outage whether the service or the way to it is at fault, rather than this image
     */
    public Retry(
        String reason, Integer status, String message, Duration retryAfter, boolean outage) {
      super(reason, status, message);
      this.retryAfter = retryAfter;
      this.outage = outage;
    }

    /** The pause the provider asks for, zero where it asks for none. */
    public Duration retryAfter() {
      return retryAfter;
    }

    /** Whether the service or the way to it is at fault, rather than this image. */
    public boolean outage() {
      return outage;
    }
  }

  /** This image can never work as asked. */
  public static final class Reject extends ProviderFailure {
    private static final long serialVersionUID = 1L;

    /** An image that is refused. */
    public Reject(String reason, Integer status, String message) {
      super(reason, status, message);
    }
  }

  /** Every image of the model will fail until a person does something. */
  public static final class Halt extends ProviderFailure {
    private static final long serialVersionUID = 1L;

    /** A model that makes no image. */
    public Halt(String reason, Integer status, String message) {
      super(reason, status, message);
    }
  }

  /** The request went out and the answer was lost: the image may be paid for. */
  public static final class Ambiguous extends ProviderFailure {
    private static final long serialVersionUID = 1L;

    /** An answer that was lost. */
    public Ambiguous(String reason, Integer status, String message) {
      super(reason, status, message);
    }
  }

  /** The provider has the model no more: every image of it will fail. */
  public static final class Gone extends ProviderFailure {
    private static final long serialVersionUID = 1L;

    /** A model that is gone. */
    public Gone(Integer status, String message) {
      super("MODEL_GONE", status, message);
    }
  }

  /** The provider no longer knows the task: what was paid for it is lost. */
  public static final class Lost extends ProviderFailure {
    private static final long serialVersionUID = 1L;

    /** A task that is lost. */
    public Lost(String reason, Integer status, String message) {
      super(reason, status, message);
    }
  }
}
