#include <sqlite3.h>

/* Variadic functions are not imported; these are the calls of theirs that are needed. */

/* Nobody asks SQLite how much memory it holds, and keeping count of it takes a lock each time.
   It has to be said before SQLite is used for anything else, and has no effect later. */
static inline int tally_sqlite_count_no_memory(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* Closing must not write: after a failure nothing is retried in place, and a checkpoint is. */
static inline int tally_sqlite_close_without_checkpoint(sqlite3 *db) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

/* SQLite draws the salts of a WAL from one generator per process: a replay seeds it. */
static inline int tally_sqlite_seed_salts(int seed) {
    return sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, seed, (sqlite3 *)0);
}
