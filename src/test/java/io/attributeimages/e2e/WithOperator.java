package io.attributeimages.e2e;

import io.attributeimages.support.SupabaseResource;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.List;
import java.util.Map;

/** The program with an operator configured: nobody is trusted for calling from this machine. */
public class WithOperator implements QuarkusTestProfile {

  @Override
  public List<TestResourceEntry> testResources() {
    return List.of(new TestResourceEntry(SupabaseResource.class));
  }

  /** The same, and reading is not open. */
  public static class AndClosedReads extends WithOperator {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("access.public-reads", "false");
    }
  }
}
