/**
 * What people and monitoring see of the running program: counts of the routes, measures of the
 * ledger, the health of what it depends on, traces, and the log context. It watches the routes
 * through Camel's own hooks; no route knows of it.
 */
package io.attributeimages.observe;
