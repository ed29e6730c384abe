package io.attributeimages;

import io.smallrye.config.ConfigSourceInterceptor;
import io.smallrye.config.ConfigSourceInterceptorContext;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.Expressions;
import io.smallrye.config.Priorities;
import jakarta.annotation.Priority;

/**
 * Takes secrets as they are written: other values may refer to each other with <code>${…}</code>.
 */
@Priority(Priorities.LIBRARY + 900)
public final class LiteralSecrets implements ConfigSourceInterceptor {
  private static final long serialVersionUID = 1L;

  @Override
  public ConfigValue getValue(ConfigSourceInterceptorContext context, String name) {
    return SettingsCheck.isSecret(name)
        ? Expressions.withoutExpansion(() -> context.proceed(name))
        : context.proceed(name);
  }
}
