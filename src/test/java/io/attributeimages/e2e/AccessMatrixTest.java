package io.attributeimages.e2e;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;

/** With an operator configured, as shipped otherwise. */
@QuarkusTest
@TestProfile(WithOperator.class)
class AccessMatrixTest extends AccessMatrix {

  @Override
  String heading() {
    return "Reading is open";
  }
}
