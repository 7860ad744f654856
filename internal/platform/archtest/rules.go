package archtest

// Rules are all rules, in the order of the files they stand in.
func Rules() []Rule {
	return []Rule{
		{"room", checkRoom},
		{"import-order", checkOrder},
		{"app-is-the-top", checkApp},
		{"package-comment", checkPackageComment},
		{"todo", checkTodo},
		{"pgx", checkPgx},
		{"http", checkHTTP},
		{"river", checkRiver},
		{"nats", checkNATS},
		{"voice-libraries", checkVoice},
		{"clock", checkClock},
		{"panic", checkPanic},
		{"sql-owner", checkSQLOwner},
		{"migration", checkMigrations},
		{"foreign-key-index", checkForeignKeys},
		{"privacy", checkPrivacy},
		{"permission", checkPermission},
	}
}
