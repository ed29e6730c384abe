package io.attributeimages.support;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/** The program under test with an operator, and with Supabase's tokens of both kinds. */
public class SupabaseResource implements QuarkusTestResourceLifecycleManager {

  /** The operator's password. */
  public static final String PASSWORD = "correct-horse-battery-staple";

  private SupabaseAuth supabase;

  @Override
  public Map<String, String> start() {
    supabase = SupabaseAuth.start();
    return Map.of(
        "operator.password",
        PASSWORD,
        "supabase.jwt-secret",
        SupabaseAuth.SECRET,
        "supabase.jwks-url",
        supabase.jwksUrl().toString());
  }

  @Override
  public void inject(TestInjector injector) {
    injector.injectIntoFields(supabase, new TestInjector.MatchesType(SupabaseAuth.class));
  }

  @Override
  public void stop() {
    supabase.close();
  }
}
